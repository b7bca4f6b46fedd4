// The receiving end of strategies that carry tokens with their lists of experts: each token becomes
// a row of every own expert it names, and their outputs become one weighted sum a token again.
#pragma once

#include "device/buffer.hpp"
#include "dispatcher/dispatcher.hpp"

namespace moemark::dispatcher {

class TokenExpansion {
 public:
  // For up to `tokens` tokens that arrive on this rank.
  TokenExpansion(const Sizes& sizes, std::size_t tokens);
  static std::size_t buffer_bytes(const Sizes& sizes, std::size_t tokens);

  // ids [T, K] of all experts: own ones are picked out, and where their rows go.
  void sort(device::Stream& stream, std::span<const std::int32_t> ids);
  // rows [T, H] of the dispatch dtype, T as of the last sort().
  void expand(device::Stream& stream, std::span<const std::byte> rows);
  // out [T, H] of the combine dtype, T as of the last sort(); weights [T, K].
  void reduce(device::Stream& stream, std::span<const float> weights, std::span<std::byte> out) {
    reduce(stream, weights, 0, weights.size() / static_cast<std::size_t>(sizes_.topk), out);
  }
  // The same of the tokens first_token .. first_token + tokens - 1 alone; out [tokens, H].
  void reduce(device::Stream& stream, std::span<const float> weights, std::size_t first_token,
              std::size_t tokens, std::span<std::byte> out);

  [[nodiscard]] ExpertBatch batch();
  [[nodiscard]] std::span<std::byte> rows() { return rows_.bytes(); }

 private:
  Sizes sizes_;
  std::size_t assignments_ = 0;  // T * K of the last sort()
  device::Buffer keys_, counts_, offsets_, assign_to_pos_;
  device::Buffer rows_, outputs_;
};

}  // namespace moemark::dispatcher
