// NCCL's functions that this suite calls for moving data: written down until the group ends, then
// queued on the stream as one operation that does not block the host.
#include <algorithm>
#include <array>
#include <utility>

#include "fake/cuda/device.hpp"
#include "fake/nccl/launch.hpp"
#include "fake/violation.hpp"

namespace fake {
namespace {

struct Group {
  int depth = 0;
  std::vector<std::pair<ncclComm*, Call>> calls;
};

// As NCCL's: one a thread, and this suite calls from one.
Group& group() {
  static Group the_group;
  return the_group;
}

bool is_usable(ncclComm* communicator) {
  if (communicator == nullptr) violation("NCCL call on no communicator");
  if (communicator->name == "destroyed") violation("NCCL call on a communicator that is destroyed");
  return !communicator->finalized;
}

// Calls of one communicator in one group: one launch.
void queue_launch(ncclComm* communicator, std::vector<Call> calls) {
  auto* const stream = device().streams.of(static_cast<const void*>(calls.front().stream), "NCCL");
  const bool one_stream = std::ranges::all_of(
      calls, [&](const Call& call) { return call.stream == calls.front().stream; });
  if (!one_stream) violation("one group of one communicator on two streams");
  Operation operation;
  operation.what = describe(*communicator, communicator->launched, calls.front()) +
                   (calls.size() > 1 ? " and " + std::to_string(calls.size() - 1) + " more" : "");
  for (const Call& call : calls) {
    const auto of_call = touches(*communicator, call);
    operation.touches.insert(operation.touches.end(), of_call.begin(), of_call.end());
  }
  if (stream->capture) {
    // The graph that is being recorded needs its communicator as long as it, or a copy, lives.
    stream->capture->holds.push_back(communicator->graph_uses);
  }
  // Of a graph every replay is a launch of its own, counted when it begins.
  struct Progress {
    std::shared_ptr<Exchange> exchange;
  };
  auto progress = std::make_shared<Progress>();
  const std::uint64_t launch = communicator->launched;
  if (!stream->capture) ++communicator->launched;
  const bool replayed = stream->capture != nullptr;
  operation.ready = [communicator, launch, replayed] {
    if (communicator->name == "destroyed") violation("NCCL launch outlived its communicator");
    return replayed || communicator->finished == launch;
  };
  operation.run = [communicator, launch, replayed, progress, calls = std::move(calls)] {
    if (!progress->exchange) progress->exchange = begin_exchange(communicator, launch, calls);
    if (!advance(*progress->exchange)) return false;
    progress->exchange.reset();
    if (!replayed) ++communicator->finished;
    return true;
  };
  device().streams.enqueue(stream, std::move(operation));
}

ncclResult_t launch_group() {
  auto calls = std::exchange(group().calls, {});
  while (!calls.empty()) {
    ncclComm* const communicator = calls.front().first;
    std::vector<Call> own;
    std::erase_if(calls, [&](const auto& entry) {
      if (entry.first != communicator) return false;
      own.push_back(entry.second);
      return true;
    });
    queue_launch(communicator, std::move(own));
  }
  return ncclSuccess;
}

ncclResult_t add(ncclComm* communicator, const Call& call) {
  if (!is_usable(communicator)) return ncclInvalidUsage;
  const bool pairwise = call.kind == Kind::send || call.kind == Kind::receive;
  if (pairwise && (call.peer < 0 || call.peer >= communicator->ranks)) return ncclInvalidArgument;
  group().calls.emplace_back(communicator, call);
  return group().depth == 0 ? launch_group() : ncclSuccess;
}

}  // namespace

std::size_t bytes_of(ncclDataType_t type) {
  switch (type) {
    case ncclUint8:
      return 1;
    case ncclBfloat16:
      return 2;
    case ncclInt32:
    case ncclFloat32:
      return 4;
    default:
      violation("this suite moves nothing of NCCL's type " + std::to_string(type));
  }
}

std::string describe(const ncclComm& communicator, std::uint64_t launch, const Call& call) {
  constexpr std::array names = {"send to rank ",  "receive from rank ", "all-gather",
                                "reduce-scatter", "all-reduce",         "all-to-all"};
  std::string text = communicator.name + ", launch " + std::to_string(launch) + ", " +
                     names.at(static_cast<std::size_t>(call.kind));
  if (call.peer >= 0) text += std::to_string(call.peer);
  return text + " of " + std::to_string(call.count * bytes_of(call.type)) + " bytes";
}

std::vector<Range> touches(const ncclComm& communicator, const Call& call) {
  const std::size_t block = call.count * bytes_of(call.type);
  const std::size_t all = block * static_cast<std::size_t>(communicator.ranks);
  switch (call.kind) {
    case Kind::send:
      return {{call.from, block}};
    case Kind::receive:
      return {{call.to, block}};
    case Kind::all_gather:
      return {{call.from, block}, {call.to, all}};
    case Kind::reduce_scatter:
      return {{call.from, all}, {call.to, block}};
    case Kind::all_to_all:
      return {{call.from, all}, {call.to, all}};
    default:
      return {{call.from, block}, {call.to, block}};
  }
}

}  // namespace fake

using fake::add;
using fake::group;

extern "C" {

ncclResult_t ncclGroupStart() {
  ++group().depth;
  return ncclSuccess;
}
ncclResult_t ncclGroupEnd() {
  if (group().depth == 0) return ncclInvalidUsage;
  return --group().depth == 0 ? fake::launch_group() : ncclSuccess;
}
ncclResult_t ncclSend(const void* from, std::size_t count, ncclDataType_t type, int peer,
                      ncclComm_t communicator, cudaStream_t stream) {
  return add(communicator, {.kind = Kind::send,
                            .from = from,
                            .to = nullptr,
                            .count = count,
                            .type = type,
                            .operation = ncclSum,
                            .peer = peer,
                            .stream = stream});
}
ncclResult_t ncclRecv(void* to, std::size_t count, ncclDataType_t type, int peer,
                      ncclComm_t communicator, cudaStream_t stream) {
  return add(communicator, {.kind = Kind::receive,
                            .from = nullptr,
                            .to = to,
                            .count = count,
                            .type = type,
                            .operation = ncclSum,
                            .peer = peer,
                            .stream = stream});
}
ncclResult_t ncclAllGather(const void* from, void* to, std::size_t count, ncclDataType_t type,
                           ncclComm_t communicator, cudaStream_t stream) {
  return add(communicator, {Kind::all_gather, from, to, count, type, ncclSum, -1, stream});
}
ncclResult_t ncclReduceScatter(const void* from, void* to, std::size_t count, ncclDataType_t type,
                               ncclRedOp_t operation, ncclComm_t communicator,
                               cudaStream_t stream) {
  return add(communicator, {Kind::reduce_scatter, from, to, count, type, operation, -1, stream});
}
ncclResult_t ncclAllReduce(const void* from, void* to, std::size_t count, ncclDataType_t type,
                           ncclRedOp_t operation, ncclComm_t communicator, cudaStream_t stream) {
  return add(communicator, {Kind::all_reduce, from, to, count, type, operation, -1, stream});
}
ncclResult_t ncclAlltoAll(const void* from, void* to, std::size_t count, ncclDataType_t type,
                          ncclComm_t communicator, cudaStream_t stream) {
  return add(communicator, {Kind::all_to_all, from, to, count, type, ncclSum, -1, stream});
}

}  // extern "C"
