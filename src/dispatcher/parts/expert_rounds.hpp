// One exchange for each expert of a rank: what arrives lies expert by expert at once (FastMoE's
// order of things), at the price of more and smaller messages.
#pragma once

#include <span>
#include <vector>

#include "comm/transport.hpp"
#include "device/buffer.hpp"
#include "dispatcher/sizes.hpp"

namespace moemark::dispatcher {

class ExpertRounds {
 public:
  ExpertRounds(comm::Transport& transport, const Sizes& sizes);
  static std::size_t buffer_bytes(const Sizes& sizes);

  // Host counts [ranks, experts_each] of rows to and from the others' experts.
  void plan(device::Stream& stream, std::span<const std::int32_t> sent,
            std::span<const std::int32_t> received);

  // Rows sorted by expert leave, rows of the own experts arrive, by expert and then by source; and
  // back the same way.
  void forth(device::Stream& stream, std::span<const std::byte> sorted, std::span<std::byte> own,
             std::size_t row_bytes);
  void back(device::Stream& stream, std::span<const std::byte> own, std::span<std::byte> sorted,
            std::size_t row_bytes);

  // [local experts + 1] of the rows that arrive, in device memory.
  [[nodiscard]] std::span<const std::int32_t> expert_offsets() const {
    return offsets_.as<const std::int32_t>();
  }

 private:
  using Segments = std::vector<comm::Segment>;

  comm::Transport& transport_;
  std::size_t ranks_, rounds_, local_experts_;
  std::vector<Segments> sends_, receives_;  // [rounds][ranks]
  std::vector<std::int32_t> offsets_host_;
  device::Buffer offsets_;
};

}  // namespace moemark::dispatcher
