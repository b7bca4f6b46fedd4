// Messages between two ranks while the others wait: there and back, as ping-pong benchmarks do.
#pragma once

#include <vector>

#include "dispatcher/dispatcher.hpp"

namespace moemark::dispatcher {

struct PairMessages {
  int first = 0;  // sends `there_bytes` to `second`, which then sends `back_bytes`
  int second = 0;
  std::size_t there_bytes = 0;
  std::size_t back_bytes = 0;
  comm::Cargo back_cargo = comm::Cargo::payload;  // metadata: an answer that only says "arrived"
};

// The steps of this rank, none on ranks that are not of the pair. Both messages begin at the start
// of the buffers, which must outlive the steps.
std::vector<Step> pair_steps(comm::Transport& transport, const PairMessages& messages,
                             std::span<const std::byte> send, std::span<std::byte> receive);

}  // namespace moemark::dispatcher
