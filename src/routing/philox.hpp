// Philox4x32-10: the counter-based generator behind every random choice (Salmon et al. 2011,
// "Parallel random numbers: as easy as 1, 2, 3"). Any rank recomputes any other rank's draws.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace moemark {

using PhiloxBlock = std::array<std::uint32_t, 4>;

// The raw function: ten rounds over a counter and a key.
PhiloxBlock philox4x32(PhiloxBlock counter, std::array<std::uint32_t, 2> key);

enum class RandomStream : std::uint8_t {
  expert_draw = 0,
  weights = 1,
  payload = 2,
  activations = 3,
  router_weights = 4,
  placement = 5,
  ragged_counts = 6,
  topics = 7,
  skew = 8,
};

// The high 32 bits of word * bound: an integer in [0, bound).
constexpr std::uint32_t scaled_word(std::uint32_t word, std::uint32_t bound) {
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(word) * bound) >> 32U);
}

// The words of one (seed, stream, step, rank, token). Word i is output word i mod 4 of block
// i div 4; reading in ascending order computes each block once.
class RandomWords {
 public:
  RandomWords(std::uint64_t seed, RandomStream stream, std::uint32_t step, std::uint32_t rank,
              std::uint32_t token);

  std::uint32_t word(std::uint32_t index) {
    if (index / 4 != block_index_) load_block(index / 4);
    return block_[index % 4];
  }

  // An integer in [0, bound): the high 32 bits of word * bound.
  std::uint32_t bounded(std::uint32_t index, std::uint32_t bound) {
    return scaled_word(word(index), bound);
  }

  // Words first .. first + out.size() - 1, `first` a multiple of 4: several blocks at a time, the
  // fast way to read a long sequence.
  void fill(std::span<std::uint32_t> out, std::uint32_t first = 0) const;

 private:
  void load_block(std::uint32_t index);

  std::array<std::uint32_t, 2> key_;
  PhiloxBlock counter_;
  PhiloxBlock block_{};
  std::uint32_t block_index_ = ~0U;
};

// The numbers 0 .. count - 1 by Fisher-Yates from the last place down: word i swaps place
// p = count - 1 - i with place bounded(p + 1), i = 0 .. count - 2.
std::vector<std::size_t> shuffled(std::size_t count, RandomWords words);

}  // namespace moemark
