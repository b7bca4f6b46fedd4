// The data plane over NCCL: device memory in and out, every call queued on the stream. Uneven
// exchanges are groups of sends and receives; a pair that has nothing to move is left out by both
// of its sides, who know the same counts.
#include "comm/transport.hpp"

#include <algorithm>
#include <utility>

#include "comm/call_counter.hpp"
#include "comm/nccl/nccl_calls.hpp"
#include "comm/nccl/nccl_communicator.hpp"
#include "device/cuda/check.hpp"

namespace moemark::comm {

struct Transport::State {
  State(Communicator own, std::shared_ptr<NcclCommunicator> its_nccl, TrafficCounter counter)
      : communicator(std::move(own)),
        nccl(std::move(its_nccl)),
        counted(std::move(counter), communicator.rank(), communicator.size()) {}

  // Where a call goes: the waits for `stream` watch this communicator from now on.
  NcclQueue queue(device::Stream& stream) const {
    device::observe(stream, nccl);
    return {nccl->get(), device::native(stream), communicator.rank(), communicator.size()};
  }

  Communicator communicator;
  std::shared_ptr<NcclCommunicator> nccl;
  CallCounter counted;
};

Transport::Transport(const Communicator& communicator, const Topology& topology)
    : Transport(std::make_unique<State>(communicator.share(), NcclCommunicator::among(communicator),
                                        TrafficCounter(topology, communicator.rank()))) {
  device::Stream stream;
  connect_all_pairs(state_->queue(stream), stream);
}
Transport::Transport(std::unique_ptr<State> state) : state_(std::move(state)) {}
Transport::~Transport() = default;
Transport::Transport(Transport&& other) noexcept = default;
Transport& Transport::operator=(Transport&& other) noexcept = default;

Transport Transport::share() const {
  return Transport(std::make_unique<State>(state_->communicator.share(), state_->nccl,
                                           state_->counted.counter()));
}

Transport Transport::split(int color, int key) const {
  Communicator part = state_->communicator.split(color, key);
  const int my_node = topology().node_of(rank());
  const Topology nodes(part.all_gather_value(my_node));
  const int my_rank = part.rank();
  auto nccl = NcclCommunicator::part_of(state_->nccl, part, color, key);
  Transport result(std::make_unique<State>(std::move(part), std::move(nccl),
                                           state_->counted.counter().of_part(nodes, my_rank)));
  device::Stream stream;
  connect_all_pairs(result.state_->queue(stream), stream);
  return result;
}

SharedWindow Transport::window(std::span<const std::size_t> section_bytes) const {
  return {state_->communicator, state_->counted.counter(), section_bytes};
}

const Topology& Transport::topology() const {
  return state_->counted.counter().topology();
}
int Transport::rank() const {
  return state_->communicator.rank();
}
int Transport::size() const {
  return state_->communicator.size();
}
TrafficCounter& Transport::counter() {
  return state_->counted.counter();
}

// NCCL counts in size_t: there is nothing to prepare.
void Transport::prepare_rows(std::size_t /*row_bytes*/) {}

void Transport::all_to_all(device::Stream& stream, std::span<const std::byte> send,
                           std::span<std::byte> receive, std::size_t row_bytes,
                           std::size_t rows_each, Cargo cargo, Completion /*completion*/) {
  state_->counted.blocks(rows_each * row_bytes, cargo, CountedAs::pairs);
  queue_all_to_all(state_->queue(stream), send, receive, rows_each * row_bytes);
}

void Transport::transfer(device::Stream& stream, std::span<const std::byte> send,
                         std::span<const Segment> sends, std::span<std::byte> receive,
                         std::span<const Segment> receives, std::size_t row_bytes, Cargo cargo,
                         Schedule schedule, Completion /*completion*/) {
  state_->counted.segments(sends, receives, row_bytes, cargo);
  const int rounds = schedule.rounds_in_flight == 0 ? size() : schedule.rounds_in_flight;
  queue_segments(state_->queue(stream), {send, sends, receive, receives, row_bytes}, rounds);
}

// What is on its way is ordered before whatever the stream is given next.
void Transport::finish(device::Stream& /*stream*/) {}

void Transport::all_gather(device::Stream& stream, std::span<const std::byte> send,
                           std::span<std::byte> receive, std::size_t row_bytes, std::size_t rows,
                           Cargo cargo, CountedAs counted_as, Completion /*completion*/) {
  const std::size_t bytes = rows * row_bytes;
  state_->counted.blocks(bytes, cargo, counted_as);
  if (bytes == 0) return;
  const NcclQueue queue = state_->queue(stream);
  check(ncclAllGather(send.data(), receive.data(), bytes, ncclUint8, queue.nccl, queue.stream),
        queue.nccl);
}

void Transport::reduce_scatter(device::Stream& stream, std::span<const std::byte> send,
                               std::span<std::byte> receive, Element element,
                               std::size_t elements_each, CountedAs counted_as,
                               Completion /*completion*/) {
  const std::size_t bytes = elements_each * element_bytes(element);
  state_->counted.blocks(bytes, Cargo::payload, counted_as);
  if (bytes == 0) return;
  const NcclQueue queue = state_->queue(stream);
  // In place NCCL leaves the sum in the rank's own block; this header promises the first.
  const bool in_place = send.data() == receive.data();
  const std::size_t own_block = static_cast<std::size_t>(rank()) * bytes;
  std::byte* const sum = receive.data() + (in_place ? own_block : 0);
  check(ncclReduceScatter(send.data(), sum, elements_each, nccl_type(element), ncclSum, queue.nccl,
                          queue.stream),
        queue.nccl);
  if (sum != receive.data()) {
    device::check(
        cudaMemcpyAsync(receive.data(), sum, bytes, cudaMemcpyDeviceToDevice, queue.stream));
  }
}

void Transport::all_reduce(device::Stream& stream, std::span<const std::byte> send,
                           std::span<std::byte> receive, Element element, Reduction reduction,
                           std::size_t elements, Cargo cargo) {
  state_->counted.all_reduce(elements * element_bytes(element), cargo);
  if (elements == 0) return;
  const NcclQueue queue = state_->queue(stream);
  check(ncclAllReduce(send.data(), receive.data(), elements, nccl_type(element),
                      reduction == Reduction::sum ? ncclSum : ncclMax, queue.nccl, queue.stream),
        queue.nccl);
}

}  // namespace moemark::comm
