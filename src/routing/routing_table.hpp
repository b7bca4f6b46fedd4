// Which experts each token of one rank goes to, and with what weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace moemark {

struct RoutingTable {
  RoutingTable() = default;
  RoutingTable(int token_count, int topk_count)
      : tokens(token_count), topk(topk_count), topk_ids(size(), -1), topk_weights(size(), 0.0F) {}

  int tokens = 0;
  int topk = 0;
  std::vector<std::int32_t> topk_ids;  // [tokens, topk], -1 = masked or dropped
  std::vector<float> topk_weights;     // [tokens, topk]

  [[nodiscard]] std::size_t size() const {
    return static_cast<std::size_t>(tokens) * static_cast<std::size_t>(topk);
  }
  [[nodiscard]] std::span<std::int32_t> ids(int token) {
    return std::span(topk_ids).subspan(first(token), static_cast<std::size_t>(topk));
  }
  [[nodiscard]] std::span<const std::int32_t> ids(int token) const {
    return std::span(topk_ids).subspan(first(token), static_cast<std::size_t>(topk));
  }
  [[nodiscard]] std::span<float> weights(int token) {
    return std::span(topk_weights).subspan(first(token), static_cast<std::size_t>(topk));
  }
  [[nodiscard]] std::span<const float> weights(int token) const {
    return std::span(topk_weights).subspan(first(token), static_cast<std::size_t>(topk));
  }

 private:
  [[nodiscard]] std::size_t first(int token) const {
    return static_cast<std::size_t>(token) * static_cast<std::size_t>(topk);
  }
};

// 64-bit FNV-1a, fed piece by piece (here: topk_ids of all ranks in rank order, little endian).
constexpr std::uint64_t fnv1a_start = 14695981039346656037ULL;
std::uint64_t fnv1a(std::uint64_t state, std::span<const std::byte> bytes);

}  // namespace moemark
