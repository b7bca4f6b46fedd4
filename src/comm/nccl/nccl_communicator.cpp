// Beginning, splitting, watching and ending NCCL communicators.
#include "comm/nccl/nccl_communicator.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "comm/mpi/check.hpp"
#include "model/errors.hpp"

namespace moemark::comm {
namespace {

// ncclCommSplit, ncclConfig_t::splitShare and what this suite relies on of groups.
constexpr int oldest_version = NCCL_VERSION(2, 19, 0);

std::optional<std::string> version_failure() {
  int version = 0;
  check(ncclGetVersion(&version));
  if (version >= oldest_version) return std::nullopt;
  return fmt::format("NCCL {}.{} is loaded, 2.19 or later is needed", version / 10000,
                     version / 100 % 100);
}

// Blocking: a non-blocking communicator creates a thread for every group that is launched.
ncclConfig_t configuration() {
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 1;
  config.splitShare = 0;  // resources of its own, as a framework's would have
  return config;
}

// The flag goes first: ranks that wait for an id that rank 0 could not make would wait for ever.
ncclUniqueId agreed_id(const Communicator& control) {
  ncclUniqueId id{};
  std::optional<std::string> failure;
  if (control.is_root()) {
    const ncclResult_t result = ncclGetUniqueId(&id);
    if (result != ncclSuccess) {
      failure = fmt::format("NCCL makes no unique id: {}", ncclGetErrorString(result));
    }
  }
  if (control.broadcast_value(failure.has_value() ? 0 : 1) == 0) {
    throw NcclError(control.broadcast(failure.value_or(""), 0));
  }
  return control.broadcast_value(id);
}

}  // namespace

std::shared_ptr<NcclCommunicator> NcclCommunicator::among(const Communicator& control) {
  if (const auto failure = control.first_failure(version_failure())) throw DeviceAbsent(*failure);
  const ncclUniqueId id = agreed_id(control);
  ncclConfig_t config = configuration();
  ncclComm_t handle = nullptr;
  check(ncclCommInitRankConfig(&handle, control.size(), id, control.rank(), &config));
  return std::make_shared<NcclCommunicator>(handle, control.share(), nullptr);
}

std::shared_ptr<NcclCommunicator> NcclCommunicator::part_of(
    std::shared_ptr<NcclCommunicator> parent, const Communicator& control, int color, int key) {
  ncclConfig_t config = configuration();
  ncclComm_t handle = nullptr;
  check(ncclCommSplit(parent->get(), color, key, &handle, &config), parent->get());
  return std::make_shared<NcclCommunicator>(handle, control.share(), std::move(parent));
}

NcclCommunicator::NcclCommunicator(ncclComm_t handle, Communicator control,
                                   std::shared_ptr<NcclCommunicator> parent)
    : parent_(std::move(parent)),
      control_(std::move(control)),
      handle_(handle),
      exceptions_(std::uncaught_exceptions()) {}

// Finalising waits for the peers; once something has failed they may never come.
NcclCommunicator::~NcclCommunicator() {
  if (std::uncaught_exceptions() > exceptions_) abort();
  if (handle_ == nullptr) return;
  static_cast<void>(ncclCommFinalize(handle_));
  static_cast<void>(ncclCommDestroy(handle_));
}

void NcclCommunicator::abort() {
  if (handle_ != nullptr) static_cast<void>(ncclCommAbort(std::exchange(handle_, nullptr)));
}

std::optional<std::string> NcclCommunicator::failure() const {
  if (control_.has_given_up()) return "NCCL: the device's work did not end in time";
  ncclResult_t state = ncclSuccess;
  const ncclResult_t asked = ncclCommGetAsyncError(handle_, &state);
  const ncclResult_t worst = asked == ncclSuccess ? state : asked;
  if (worst == ncclSuccess || worst == ncclInProgress) return std::nullopt;
  return fmt::format("NCCL: {} (while waiting for the device)", ncclGetErrorString(worst));
}

void NcclCommunicator::while_waiting() {
  if (handle_ == nullptr) return;
  if (const auto reason = failure()) {
    abort();
    throw NcclError(*reason);
  }
  int waiting = 0;
  check(
      MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, control_.handle().comm, &waiting, MPI_STATUS_IGNORE));
}

}  // namespace moemark::comm
