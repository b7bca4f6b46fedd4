// The sum of bfloat16 rows against its definition, element by element.
#include "comm/bfloat16_add.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace moemark::comm {
namespace {

constexpr std::uint16_t quiet_bit = 0x0040;

bool is_nan(BFloat16 value) {
  return (value.bits & 0x7fffU) > 0x7f80U;
}

std::vector<BFloat16> every_bfloat16() {
  std::vector<BFloat16> all;
  all.reserve(1U << 16U);
  for (std::uint32_t bits = 0; bits < 1U << 16U; ++bits) {
    all.push_back({static_cast<std::uint16_t>(bits)});
  }
  return all;
}

// Zeros, subnormals, ones and their neighbours, the largest, infinities, NaNs quiet and signalling;
// and others drawn at random.
std::vector<BFloat16> operands() {
  std::vector<BFloat16> sample;
  for (const std::uint32_t magnitude :
       {0x0000U, 0x0001U, 0x007fU, 0x0080U, 0x3f7fU, 0x3f80U, 0x3f81U, 0x4000U, 0x7f00U, 0x7f7fU,
        0x7f80U, 0x7f81U, 0x7fbfU, 0x7fc0U, 0x7fffU}) {
    sample.push_back({static_cast<std::uint16_t>(magnitude)});
    sample.push_back({static_cast<std::uint16_t>(magnitude | 0x8000U)});
  }
  std::mt19937 random(1);
  for (int i = 0; i < 60; ++i) sample.push_back({static_cast<std::uint16_t>(random())});
  return sample;
}

void expect_definition(std::span<const BFloat16> left, BFloat16 right) {
  std::vector<BFloat16> sum(left.size(), right);
  add_bfloat16(left, sum);
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (is_nan(left[i]) && is_nan(right)) {
      ASSERT_TRUE(is_nan(sum[i]) && (sum[i].bits & quiet_bit) != 0);
      continue;
    }
    const BFloat16 expected = to_bfloat16(to_float(left[i]) + to_float(right));
    ASSERT_EQ(sum[i].bits, expected.bits) << left[i].bits << " + " << right.bits;
  }
}

TEST(BFloat16Add, EqualsItsDefinition) {
  const std::vector<BFloat16> all = every_bfloat16();
  for (const BFloat16 right : operands()) expect_definition(all, right);
}

// Every value in the other half of its word, rows not aligned to words, an element left over.
TEST(BFloat16Add, EqualsItsDefinitionFromAnOddElementOn) {
  const std::vector<BFloat16> all = every_bfloat16();
  for (const BFloat16 right : operands()) expect_definition(std::span(all).subspan(1), right);
}

TEST(BFloat16Add, ShortRows) {
  const std::vector<BFloat16> left(9, to_bfloat16(1.5F));
  for (std::size_t n = 0; n < left.size(); ++n) {
    std::vector<BFloat16> sum(left.size(), to_bfloat16(2.0F));
    add_bfloat16(std::span(left).first(n), sum);
    for (std::size_t i = 0; i < sum.size(); ++i) EXPECT_EQ(to_float(sum[i]), i < n ? 3.5F : 2.0F);
  }
}

}  // namespace
}  // namespace moemark::comm
