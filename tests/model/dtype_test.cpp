// bfloat16 conversions: rounding, ties, infinities, NaN.
#include "model/dtype.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace moemark {
namespace {

TEST(BFloat16, EveryFiniteValueSurvivesTheRoundTrip) {
  for (std::uint32_t bits = 0; bits < 0x10000U; ++bits) {
    const BFloat16 value{static_cast<std::uint16_t>(bits)};
    if (std::isnan(to_float(value))) {
      EXPECT_TRUE(std::isnan(to_float(to_bfloat16(to_float(value)))));
    } else {
      EXPECT_EQ(to_bfloat16(to_float(value)), value);
    }
  }
}

TEST(BFloat16, RoundsToNearestWithTiesToEven) {
  EXPECT_EQ(to_float(to_bfloat16(1.0F + 1.0F / 256.0F)), 1.0F);                  // tie, down
  EXPECT_EQ(to_float(to_bfloat16(1.0F + 3.0F / 256.0F)), 1.0F + 4.0F / 256.0F);  // tie, up
  EXPECT_EQ(to_float(to_bfloat16(1.0F + 1.01F / 256.0F)), 1.0F + 2.0F / 256.0F);
  EXPECT_EQ(to_float(to_bfloat16(-1.0F - 1.01F / 256.0F)), -1.0F - 2.0F / 256.0F);
}

TEST(BFloat16, OverflowIsInfinityAndNanStaysNan) {
  EXPECT_TRUE(std::isinf(to_float(to_bfloat16(std::numeric_limits<float>::max()))));
  EXPECT_TRUE(std::isnan(to_float(to_bfloat16(std::bit_cast<float>(0x7f800001U)))));
}

}  // namespace
}  // namespace moemark
