// Adds rows of bfloat16: a word holds two, and each half becomes a float32 where it stands, so that
// nothing is widened or packed and a vector of words is a vector of floats.
#include "comm/bfloat16_add.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace moemark::comm {
namespace {

constexpr std::uint32_t upper_half = 0xffff0000U;
static_assert(sizeof(BFloat16) == 2);

// to_bfloat16 without a branch: the upper half of the result is the rounded sum. A sum that is NaN
// is a quiet one already and must not be carried over into infinity or zero.
std::uint32_t rounded_sum(std::uint32_t left, std::uint32_t right) {
  const float sum = std::bit_cast<float>(left) + std::bit_cast<float>(right);
  const auto bits = std::bit_cast<std::uint32_t>(sum);
  const std::uint32_t to_nearest_even = 0x7fffU + ((bits >> 16U) & 1U);
  return bits + (std::isnan(sum) ? 0U : to_nearest_even);
}

std::uint32_t add_pair(std::uint32_t left, std::uint32_t right) {
  const std::uint32_t upper = rounded_sum(left & upper_half, right & upper_half);
  const std::uint32_t lower = rounded_sum(left << 16U, right << 16U);
  return (upper & upper_half) | (lower >> 16U);
}

}  // namespace

void add_bfloat16(std::span<const BFloat16> left, std::span<BFloat16> sum) {
  const std::size_t pairs = left.size() / 2;
  const auto* from = reinterpret_cast<const std::byte*>(left.data());
  auto* to = reinterpret_cast<std::byte*>(sum.data());
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    std::memcpy(&a, from + 4 * pair, 4);  // rows need no alignment to words
    std::memcpy(&b, to + 4 * pair, 4);
    const std::uint32_t both = add_pair(a, b);
    std::memcpy(to + 4 * pair, &both, 4);
  }
  if (left.size() % 2 == 1) {
    sum[left.size() - 1] = to_bfloat16(to_float(left.back()) + to_float(sum[left.size() - 1]));
  }
}

}  // namespace moemark::comm
