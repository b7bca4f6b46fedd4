// Philox4x32-10 and the numbering of its words.
#include "routing/philox.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace moemark {
namespace {

// Multipliers and key increments of Salmon et al. 2011.
constexpr std::uint64_t multiplier_0 = 0xD2511F53U;
constexpr std::uint64_t multiplier_1 = 0xCD9E8D57U;
constexpr std::uint32_t key_step_0 = 0x9E3779B9U;
constexpr std::uint32_t key_step_1 = 0xBB67AE85U;
constexpr int rounds = 10;

// Blocks that differ in counter word 0 only, word by word: [word][block]. Their multiplications do
// not depend on each other, so a CPU overlaps (or vectorises) them.
constexpr std::size_t blocks_at_once = 8;
using Blocks = std::array<std::array<std::uint32_t, blocks_at_once>, 4>;

void run_rounds(Blocks& x, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t b = 0; b < blocks_at_once; ++b) {
      const std::uint64_t product_0 = multiplier_0 * x[0][b];
      const std::uint64_t product_1 = multiplier_1 * x[2][b];
      x[0][b] = static_cast<std::uint32_t>(product_1 >> 32U) ^ x[1][b] ^ key[0];
      x[1][b] = static_cast<std::uint32_t>(product_1);
      x[2][b] = static_cast<std::uint32_t>(product_0 >> 32U) ^ x[3][b] ^ key[1];
      x[3][b] = static_cast<std::uint32_t>(product_0);
    }
    key[0] += key_step_0;
    key[1] += key_step_1;
  }
}

}  // namespace

PhiloxBlock philox4x32(PhiloxBlock counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t product_0 = multiplier_0 * counter[0];
    const std::uint64_t product_1 = multiplier_1 * counter[2];
    counter = {static_cast<std::uint32_t>(product_1 >> 32U) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product_1),
               static_cast<std::uint32_t>(product_0 >> 32U) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product_0)};
    key[0] += key_step_0;
    key[1] += key_step_1;
  }
  return counter;
}

RandomWords::RandomWords(std::uint64_t seed, RandomStream stream, std::uint32_t step,
                         std::uint32_t rank, std::uint32_t token)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U)},
      counter_{0, token, rank, (static_cast<std::uint32_t>(stream) << 24U) + step} {}

void RandomWords::load_block(std::uint32_t index) {
  block_index_ = index;
  counter_[0] = index;
  block_ = philox4x32(counter_, key_);
}

void RandomWords::fill(std::span<std::uint32_t> out, std::uint32_t first) const {
  std::uint32_t block = first / 4;
  while (!out.empty()) {
    Blocks x;
    for (std::uint32_t b = 0; b < blocks_at_once; ++b) x[0][b] = block + b;
    for (std::size_t word = 1; word < 4; ++word) x[word].fill(counter_[word]);
    run_rounds(x, key_);
    const std::size_t count = std::min(out.size(), 4 * blocks_at_once);
    for (std::size_t i = 0; i < count; ++i) out[i] = x[i % 4][i / 4];
    out = out.subspan(count);
    block += blocks_at_once;
  }
}

std::vector<std::size_t> shuffled(std::size_t count, RandomWords words) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t place = count; place-- > 1;) {
    const auto other = words.bounded(static_cast<std::uint32_t>(count - 1 - place),
                                     static_cast<std::uint32_t>(place + 1));
    std::swap(order[place], order[other]);
  }
  return order;
}

}  // namespace moemark
