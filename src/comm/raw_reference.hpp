// The bare library call with the same counts, through none of our layers but the stream it is on:
// the yardstick that every round of the sampler opens and closes with.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "comm/communicator.hpp"
#include "device/stream.hpp"

namespace moemark::comm {

class RawReference {
 public:
  // Collective. Bytes to and from each rank of `communicator`; buffers are its own.
  RawReference(const Communicator& communicator, const std::vector<std::size_t>& send_bytes,
               const std::vector<std::size_t>& receive_bytes);
  ~RawReference();
  RawReference(const RawReference&) = delete;
  RawReference& operator=(const RawReference&) = delete;

  void run(device::Stream& stream);
  // Writes the send buffer anew, outside the time: a dispatcher sends rows that it has just packed,
  // so the reference's must lie in the cache as those do.
  void rewrite_send_buffer(device::Stream& stream);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moemark::comm
