// NCCL's functions that this suite calls for beginning, splitting and ending communicators.
#include <algorithm>
#include <array>
#include <cstring>

#include "fake/cuda/device.hpp"
#include "fake/nccl/launch.hpp"
#include "fake/violation.hpp"

namespace fake {
namespace {

// What a unique id says here: who made it, and which of its ids it is.
struct Id {
  int mark;
  int maker;
  int serial;
};
constexpr int id_mark = 0x0d0b1e;
constexpr int first_tag = 20000;

int world_rank() {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

// The maker of the id learns who has which rank and tells all of them: NCCL's rendezvous.
std::vector<int> members_of(const Id& id, int ranks, int rank) {
  const int tag = first_tag + id.serial;
  std::vector<int> members(static_cast<std::size_t>(ranks), -1);
  const int me = world_rank();
  if (me != id.maker) {
    const std::array<int, 2> own = {rank, me};
    MPI_Send(own.data(), 2, MPI_INT, id.maker, tag, MPI_COMM_WORLD);
    MPI_Recv(members.data(), ranks, MPI_INT, id.maker, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    return members;
  }
  members[static_cast<std::size_t>(rank)] = me;
  for (int others = 1; others < ranks; ++others) {
    std::array<int, 2> other{};
    MPI_Recv(other.data(), 2, MPI_INT, MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    int& member = members[static_cast<std::size_t>(other[0])];
    if (member >= 0) violation("two processes say that they are rank " + std::to_string(other[0]));
    member = other[1];
  }
  for (const int member : members) {
    if (member != me) MPI_Send(members.data(), ranks, MPI_INT, member, tag, MPI_COMM_WORLD);
  }
  return members;
}

MPI_Comm communicator_of(const std::vector<int>& members, int tag) {
  MPI_Group world = MPI_GROUP_NULL;
  MPI_Group group = MPI_GROUP_NULL;
  MPI_Comm result = MPI_COMM_NULL;
  MPI_Comm_group(MPI_COMM_WORLD, &world);
  MPI_Group_incl(world, static_cast<int>(members.size()), members.data(), &group);
  MPI_Comm_create_group(MPI_COMM_WORLD, group, tag, &result);
  MPI_Group_free(&group);
  MPI_Group_free(&world);
  return result;
}

ncclComm* create(MPI_Comm mpi, std::string name, ncclComm* parent) {
  auto* const communicator = new ncclComm;
  communicator->mpi = mpi;
  communicator->name = std::move(name);
  communicator->parent = parent;
  MPI_Comm_rank(mpi, &communicator->rank);
  MPI_Comm_size(mpi, &communicator->ranks);
  if (parent != nullptr) ++parent->children;
  return communicator;
}

void require_usable(const ncclComm* communicator, const char* who) {
  if (communicator == nullptr) violation(std::string(who) + " of no communicator");
  if (communicator->name == "destroyed") {
    violation(std::string(who) + " of a communicator that is destroyed");
  }
}

// What is left behind says what it was: a call with it is found, not undefined.
void bury(ncclComm* communicator) {
  if (communicator->parent != nullptr) --communicator->parent->children;
  if (communicator->mpi != MPI_COMM_NULL) MPI_Comm_free(&communicator->mpi);
  communicator->name = "destroyed";
}

}  // namespace
}  // namespace fake

using fake::device;
using fake::require_usable;
using fake::violation;

extern "C" {

ncclResult_t ncclGetVersion(int* version) {
  *version = fake::setting("FAKE_NCCL_VERSION", NCCL_VERSION_CODE);
  return ncclSuccess;
}
const char* ncclGetErrorString(ncclResult_t result) {
  return result == ncclSuccess ? "no error" : "error of the fake";
}
const char* ncclGetLastError(ncclComm_t /*communicator*/) {
  return "";
}

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  static int serial = 0;
  const fake::Id content{fake::id_mark, fake::world_rank(), serial};
  serial = (serial + 1) % 10000;  // tags end at 32767
  *id = {};
  std::memcpy(id, &content, sizeof content);
  return fake::setting("FAKE_NO_UNIQUE_ID", 0) != 0 ? ncclSystemError : ncclSuccess;
}
ncclResult_t ncclCommInitRankConfig(ncclComm_t* communicator, int ranks, ncclUniqueId id, int rank,
                                    ncclConfig_t* /*config*/) {
  fake::Id content{};
  std::memcpy(&content, &id, sizeof content);
  if (content.mark != fake::id_mark || rank < 0 || rank >= ranks) return ncclInvalidArgument;
  if (device().chosen < 0) violation("ncclCommInitRankConfig before a device was chosen");
  const auto members = fake::members_of(content, ranks, rank);
  *communicator = fake::create(fake::communicator_of(members, fake::first_tag + content.serial),
                               "communicator " + std::to_string(content.serial), nullptr);
  return ncclSuccess;
}
ncclResult_t ncclCommSplit(ncclComm_t communicator, int color, int key, ncclComm_t* part,
                           ncclConfig_t* /*config*/) {
  require_usable(communicator, "ncclCommSplit");
  MPI_Comm mpi = MPI_COMM_NULL;
  MPI_Comm_split(communicator->mpi, color == NCCL_SPLIT_NOCOLOR ? MPI_UNDEFINED : color, key, &mpi);
  *part =
      mpi == MPI_COMM_NULL
          ? nullptr
          : fake::create(mpi, communicator->name + " part " + std::to_string(color), communicator);
  return ncclSuccess;
}
ncclResult_t ncclCommGetAsyncError(ncclComm_t communicator, ncclResult_t* result) {
  require_usable(communicator, "ncclCommGetAsyncError");
  *result = fake::setting("FAKE_ASYNC_ERROR", 0) != 0 ? ncclRemoteError : ncclSuccess;
  return ncclSuccess;
}
// The real one waits for what was launched, and for ever while a graph of it lives.
ncclResult_t ncclCommFinalize(ncclComm_t communicator) {
  require_usable(communicator, "ncclCommFinalize");
  if (communicator->finalized) return ncclInvalidUsage;
  if (communicator->children > 0) violation("ncclCommFinalize before that of its parts");
  const long graphs = communicator->graph_uses.use_count() - 1;
  if (graphs > 0) {
    violation("ncclCommFinalize would hang: " + std::to_string(graphs) + " captured launches of " +
              communicator->name + " live in graphs");
  }
  device().streams.run_until(
      [communicator] { return communicator->finished == communicator->launched; });
  communicator->finalized = true;
  return ncclSuccess;
}
ncclResult_t ncclCommDestroy(ncclComm_t communicator) {
  require_usable(communicator, "ncclCommDestroy");
  if (!communicator->finalized) violation("ncclCommDestroy before ncclCommFinalize");
  fake::bury(communicator);
  return ncclSuccess;
}
// Peers may be gone: nothing is waited for, and MPI's communicator is left as it is.
ncclResult_t ncclCommAbort(ncclComm_t communicator) {
  require_usable(communicator, "ncclCommAbort");
  communicator->mpi = MPI_COMM_NULL;
  communicator->finished = communicator->launched;
  device().streams.discard();
  fake::bury(communicator);
  return ncclSuccess;
}

}  // extern "C"
