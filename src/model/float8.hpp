// The 8-bit float e4m3 (OCP 8-bit Floating Point Specification, 2023) and the scale of a block of
// values: host storage arithmetic for fp8 payload rows.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace moemark {

// 4 exponent bits of bias 7, 3 mantissa bits, no infinity; 0x7f and 0xff are NaN.
struct Float8 {
  std::uint8_t bits = 0;
  friend bool operator==(Float8, Float8) = default;
};

constexpr float largest_float8 = 448.0F;

constexpr float to_float(Float8 value) {
  const std::uint32_t sign = static_cast<std::uint32_t>(value.bits & 0x80U) << 24U;
  const std::uint32_t magnitude = value.bits & 0x7fU;
  if (magnitude == 0x7fU) return std::bit_cast<float>(sign | 0x7fc00000U);
  // Subnormals are multiples of 2^-9.
  const float size = magnitude < 8U ? static_cast<float>(magnitude) * 0x1p-9F
                                    : std::bit_cast<float>((magnitude << 20U) + (120U << 23U));
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(size) | sign);
}

// Rounds to nearest, ties to even; saturates at +-448; NaN stays NaN. No branches, so that loops
// over it become vector code.
constexpr Float8 to_float8(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 24U) & 0x80U;
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  // Below 2^-6: adding 2^14 leaves the multiple of 2^-9 in the low mantissa bits, rounded.
  const std::uint32_t small =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0x1p14F) - 0x46800000U;
  const std::uint32_t normal = ((magnitude + 0x7ffffU + ((magnitude >> 20U) & 1U)) >> 20U) - 960U;
  const std::uint32_t finite = magnitude < 0x3c800000U ? small : normal;
  const std::uint32_t saturated = magnitude >= 0x43e00000U ? 0x7eU : finite;  // from 448 on
  const std::uint32_t result = magnitude > 0x7f800000U ? 0x7fU : saturated;
  return {static_cast<std::uint8_t>(sign | result)};
}

// Values that share a scale, as in DeepSeek-V3's activations.
constexpr std::size_t float8_block = 128;

constexpr std::size_t float8_blocks(std::size_t values) {
  return (values + float8_block - 1) / float8_block;
}

// The least power of two that brings `largest` (a magnitude) to at most 448; 1 for 0. A power of
// two, so that scaling is exact. Defined for finite values.
constexpr float float8_scale(float largest) {
  if (largest == 0.0F) return 1.0F;
  // Exponent of largest / 448 rounded up: 448 = 1.75 * 2^8.
  const auto bits = std::bit_cast<std::uint32_t>(largest);
  const auto exponent = static_cast<std::int32_t>(bits >> 23U) - 127;
  const bool above = (bits & 0x7fffffU) > 0x600000U;
  const std::int32_t scale = exponent - 8 + (above ? 1 : 0);
  return std::bit_cast<float>(static_cast<std::uint32_t>(scale < -126 ? 1 : scale + 127) << 23U);
}

}  // namespace moemark
