// The exchanges of this suite as NCCL calls on a stream.
#include "comm/nccl/nccl_calls.hpp"

#include <algorithm>

#include "comm/nccl/nccl_communicator.hpp"
#include "device/buffer.hpp"
#include "device/cuda/check.hpp"

namespace moemark::comm {
namespace {

// Both sides of a pair ask this of the same number: a send that only one of them posts hangs.
bool moves(std::size_t bytes) {
  return bytes > 0;
}

// The segment of `peer`, if it moves anything.
const Segment* segment_of(std::span<const Segment> segments, int peer, std::size_t row_bytes) {
  const auto found = std::ranges::find(segments, peer, &Segment::peer);
  return found == segments.end() || !moves(found->rows * row_bytes) ? nullptr : &*found;
}

void send(const NcclQueue& queue, const std::byte* from, std::size_t bytes, int peer) {
  check(ncclSend(from, bytes, ncclUint8, peer, queue.nccl, queue.stream), queue.nccl);
}

void receive(const NcclQueue& queue, std::byte* to, std::size_t bytes, int peer) {
  check(ncclRecv(to, bytes, ncclUint8, peer, queue.nccl, queue.stream), queue.nccl);
}

void queue_round(const NcclQueue& queue, const SegmentExchange& exchange, int round) {
  const std::size_t row = exchange.row_bytes;
  const int to = (queue.rank + round) % queue.ranks;
  const int from = (queue.rank + queue.ranks - round) % queue.ranks;
  if (const Segment* out = segment_of(exchange.sends, to, row)) {
    send(queue, exchange.send.data() + out->first_row * row, out->rows * row, to);
  }
  if (const Segment* in = segment_of(exchange.receives, from, row)) {
    receive(queue, exchange.receive.data() + in->first_row * row, in->rows * row, from);
  }
}

#if NCCL_VERSION_CODE < NCCL_VERSION(2, 28, 0)
void queue_blocks(const NcclQueue& queue, std::span<const std::byte> from, std::span<std::byte> to,
                  std::size_t block_bytes) {
  NcclGroup group;
  for (int round = 0; round < queue.ranks; ++round) {
    const int target = (queue.rank + round) % queue.ranks;
    const int source = (queue.rank + queue.ranks - round) % queue.ranks;
    send(queue, from.data() + static_cast<std::size_t>(target) * block_bytes, block_bytes, target);
    receive(queue, to.data() + static_cast<std::size_t>(source) * block_bytes, block_bytes, source);
  }
  group.launch(queue.nccl);
}
#endif

}  // namespace

void queue_segments(const NcclQueue& queue, const SegmentExchange& exchange, int rounds_in_flight) {
  for (int first = 0; first < queue.ranks; first += rounds_in_flight) {
    NcclGroup group;
    for (int round = first; round < std::min(first + rounds_in_flight, queue.ranks); ++round) {
      queue_round(queue, exchange, round);
    }
    group.launch(queue.nccl);
  }
}

void queue_all_to_all(const NcclQueue& queue, std::span<const std::byte> send,
                      std::span<std::byte> receive, std::size_t block_bytes) {
  if (!moves(block_bytes)) return;
#if NCCL_VERSION_CODE >= NCCL_VERSION(2, 28, 0)
  check(ncclAlltoAll(send.data(), receive.data(), block_bytes, ncclUint8, queue.nccl, queue.stream),
        queue.nccl);
#else
  queue_blocks(queue, send, receive, block_bytes);
#endif
}

void connect_all_pairs(const NcclQueue& queue, device::Stream& stream) {
  constexpr std::size_t block = 16;
  const auto ranks = static_cast<std::size_t>(queue.ranks);
  device::Buffer from(ranks * block);
  device::Buffer to(ranks * block);
  device::check(cudaMemsetAsync(from.bytes().data(), 0, from.size_bytes(), queue.stream));
  NcclGroup group;
  for (int peer = 0; peer < queue.ranks; ++peer) {
    const std::size_t at = static_cast<std::size_t>(peer) * block;
    send(queue, from.bytes().data() + at, block, peer);
    receive(queue, to.bytes().data() + at, block, peer);
  }
  group.launch(queue.nccl);
  check(ncclAllGather(from.bytes().data(), to.bytes().data(), block, ncclUint8, queue.nccl,
                      queue.stream),
        queue.nccl);
  check(ncclReduceScatter(from.bytes().data(), to.bytes().data(), block / 4, ncclFloat32, ncclSum,
                          queue.nccl, queue.stream),
        queue.nccl);
  check(ncclAllReduce(from.bytes().data(), to.bytes().data(), block / 4, ncclFloat32, ncclSum,
                      queue.nccl, queue.stream),
        queue.nccl);
  stream.synchronize();  // before its buffers end
}

std::size_t element_bytes(Element element) {
  return element == Element::bfloat16 ? 2 : 4;
}

ncclDataType_t nccl_type(Element element) {
  switch (element) {
    case Element::int32:
      return ncclInt32;
    case Element::bfloat16:
      return ncclBfloat16;
    default:
      return ncclFloat32;
  }
}

}  // namespace moemark::comm
