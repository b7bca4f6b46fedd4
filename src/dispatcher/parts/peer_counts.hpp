// Every rank learns the counts that each peer has for it: the exchange that precedes uneven rows.
#pragma once

#include <vector>

#include "comm/transport.hpp"
#include "device/buffer.hpp"
#include "dispatcher/exchange.hpp"

namespace moemark::dispatcher {

class PeerCounts {
 public:
  // `width` int32 from each rank to each. The transport outlives this.
  PeerCounts(comm::Transport& transport, std::size_t width, Exchange::Counts by);
  static std::size_t buffer_bytes(int peers, std::size_t width, Exchange::Counts by);
  // int32 counts that one rank sends to the others.
  static std::int64_t metadata_bytes(int peers, std::int64_t width, Exchange::Counts by);

  // sent [peers, width]. Queues the exchange and waits for the numbers on the host.
  void run(device::Stream& stream, std::span<const std::byte> sent);

  // [peers, width], in device memory.
  [[nodiscard]] std::span<const std::int32_t> received() const {
    return received_.as<std::int32_t>();
  }
  [[nodiscard]] std::span<const std::int32_t> sent_host() const { return sent_host_; }
  [[nodiscard]] std::span<const std::int32_t> received_host() const { return received_host_; }

 private:
  comm::Transport& transport_;
  std::size_t width_;
  Exchange::Counts by_;
  device::Buffer received_;
  device::Buffer everybodys_;  // [peers, peers, width] of an all-gather
  device::Buffer own_block_;   // [peers]: where in it the blocks for this rank are
  std::vector<std::int32_t> sent_host_, received_host_;
};

}  // namespace moemark::dispatcher
