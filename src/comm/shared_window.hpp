// Memory of every rank that all ranks of a host may write with plain stores: what one-sided pushes
// go through. Made by Transport::window().
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "comm/communicator.hpp"
#include "comm/traffic_counter.hpp"
#include "device/stream.hpp"

namespace moemark::comm {

class SharedWindow {
 public:
  // Collective: every rank gives sections of these bytes, the same number of them; the bytes may
  // differ between ranks. The ranks share a host, else MPI's own error. Throws CaseSkipped on every
  // rank when the host's shared memory cannot hold the sum.
  SharedWindow(const Communicator& communicator, TrafficCounter counter,
               std::span<const std::size_t> section_bytes);
  ~SharedWindow();
  SharedWindow(SharedWindow&& other) noexcept;
  SharedWindow& operator=(SharedWindow&& other) noexcept;
  SharedWindow(const SharedWindow&) = delete;
  SharedWindow& operator=(const SharedWindow&) = delete;

  // A section of `peer`, starting at a cache line. What others stored is there after barrier().
  [[nodiscard]] std::span<std::byte> part(int peer, std::size_t section) const;

  // The bytes of `peer`'s section that the caller is about to store: counted as sent.
  [[nodiscard]] std::span<std::byte> claim(int peer, std::size_t section, std::size_t first_byte,
                                           std::size_t bytes, Cargo cargo);
  // Tells the counter what `peer` stores here: the memory itself does not say.
  void count_receive(int peer, std::size_t bytes, Cargo cargo) {
    counter_.count_receive(peer, bytes, cargo);
  }

  // Collective, ordered on the stream: stores made before it by any rank are seen after it by all.
  void barrier(device::Stream& stream);

 private:
  struct State;
  TrafficCounter counter_;
  std::unique_ptr<State> state_;
};

}  // namespace moemark::comm
