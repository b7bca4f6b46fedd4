// Where tokens go that travel once to every peer (a rank, or a node) that needs them: the layout
// step of such strategies.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "device/buffer.hpp"
#include "device/stream.hpp"
#include "kernels/permutation.hpp"

namespace moemark::dispatcher {

class UniquePlan {
 public:
  // `peer_of_expert` [E]: 0..peers-1. For tables of up to `assignments` = T * K entries.
  UniquePlan(const std::vector<std::int32_t>& peer_of_expert, int peers, std::size_t assignments);
  static std::size_t buffer_bytes(int experts, int peers, std::size_t assignments);

  // ids [T, K]: sorts the (token, peer) pairs by peer, in a peer by token.
  void build(device::Stream& stream, std::span<const std::int32_t> ids, int topk);

  // [peers]: rows to each, and [peers + 1] where they start.
  [[nodiscard]] std::span<const std::byte> count_bytes() const { return counts_.bytes(); }
  // [T, K] of the last build(): row of the pair, -1 where the token's peer has one already; and the
  // peer it goes to.
  [[nodiscard]] std::span<const std::int32_t> assign_to_row() const;
  [[nodiscard]] std::span<const std::int32_t> peer_of_assign() const;
  [[nodiscard]] std::span<const std::int32_t> peer_of_expert() const {
    return peer_of_expert_.as<const std::int32_t>();
  }

 private:
  std::size_t assignments_ = 0;
  device::Buffer peer_of_expert_, keys_, counts_, offsets_, assign_to_row_;
};

}  // namespace moemark::dispatcher
