// e4m3 conversions: every value, rounding, ties, saturation, NaN, and block scales.
#include "model/float8.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace moemark {
namespace {

float rounded(float value) {
  return to_float(to_float8(value));
}

TEST(Float8, EveryValueSurvivesTheRoundTrip) {
  for (unsigned bits = 0; bits < 256U; ++bits) {
    const Float8 value{static_cast<std::uint8_t>(bits)};
    if ((bits & 0x7fU) == 0x7fU) {
      EXPECT_TRUE(std::isnan(to_float(value)));
      EXPECT_TRUE(std::isnan(rounded(to_float(value))));
    } else {
      EXPECT_EQ(to_float8(to_float(value)), value) << bits;
    }
  }
}

TEST(Float8, KnownValues) {
  EXPECT_EQ(to_float(Float8{0x7e}), 448.0F);
  EXPECT_EQ(to_float(Float8{0x08}), 0x1p-6F);  // least normal
  EXPECT_EQ(to_float(Float8{0x01}), 0x1p-9F);  // least subnormal
  EXPECT_EQ(to_float(Float8{0xb8}), -1.0F);
}

TEST(Float8, RoundsToNearestWithTiesToEven) {
  EXPECT_EQ(rounded(17.0F), 16.0F);  // tie, down
  EXPECT_EQ(rounded(19.0F), 20.0F);  // tie, up
  EXPECT_EQ(rounded(-17.1F), -18.0F);
  EXPECT_EQ(rounded(0x1.8p-9F), 0x1p-8F);  // subnormal tie, up to the even
  EXPECT_EQ(rounded(0x1p-10F), 0.0F);      // tie with zero
  EXPECT_EQ(rounded(0x1.01p-10F), 0x1p-9F);
  EXPECT_EQ(rounded(0x1.fp-7F), 0x1p-6F);  // into the normal range
}

TEST(Float8, Saturates) {
  EXPECT_EQ(rounded(449.0F), 448.0F);
  EXPECT_EQ(rounded(-1e9F), -448.0F);
  EXPECT_EQ(rounded(std::numeric_limits<float>::infinity()), 448.0F);
}

// Least power of two with largest / scale <= 448.
TEST(Float8, ScalesArePowersOfTwo) {
  EXPECT_EQ(float8_scale(0.0F), 1.0F);
  EXPECT_EQ(float8_scale(448.0F), 1.0F);
  EXPECT_EQ(float8_scale(448.5F), 2.0F);
  EXPECT_EQ(float8_scale(3.0F), 0x1p-7F);
  EXPECT_EQ(float8_scale(1.0F), 0x1p-8F);
  for (float largest = 1e-30F; largest < 1e30F; largest *= 1.37F) {
    const float scale = float8_scale(largest);
    int exponent = 0;
    EXPECT_EQ(std::frexp(scale, &exponent), 0.5F);
    EXPECT_LE(largest / scale, 448.0F);
    EXPECT_GT(largest / scale, 224.0F);
  }
  EXPECT_GT(float8_scale(std::numeric_limits<float>::denorm_min()), 0.0F);
}

}  // namespace
}  // namespace moemark
