// The exchanges of this suite as NCCL calls on a stream.
#pragma once

#include <cuda_runtime_api.h>
#include <nccl.h>

#include <cstddef>
#include <span>

#include "comm/transport.hpp"

namespace moemark::comm {

// Who calls, and on which stream.
struct NcclQueue {
  ncclComm_t nccl = nullptr;
  cudaStream_t stream = nullptr;
  int rank = 0;
  int ranks = 1;
};

// Rows of one uneven exchange, as Transport::transfer() has them.
struct SegmentExchange {
  std::span<const std::byte> send;
  std::span<const Segment> sends;
  std::span<std::byte> receive;
  std::span<const Segment> receives;
  std::size_t row_bytes;
};

// Groups of `rounds_in_flight` rounds each: in round i to the rank i places on, from the rank i
// places before.
void queue_segments(const NcclQueue& queue, const SegmentExchange& exchange, int rounds_in_flight);

// Equal blocks; the library's own call where it has one (2.28), which is such a group.
void queue_all_to_all(const NcclQueue& queue, std::span<const std::byte> send,
                      std::span<std::byte> receive, std::size_t block_bytes);

// A byte between every two ranks, and one of each collective: NCCL connects a pair when it is first
// used, which takes some 200 ms and belongs into no measurement. Returns when all is done.
void connect_all_pairs(const NcclQueue& queue, device::Stream& stream);

std::size_t element_bytes(Element element);
ncclDataType_t nccl_type(Element element);

}  // namespace moemark::comm
