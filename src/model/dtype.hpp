// Element types of payload rows and weights, and the bfloat16 arithmetic that host code needs.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/float8.hpp"

namespace moemark {

// fp8: e4m3 with a float32 scale for every 128 values (model/float8.hpp); of payload rows only.
enum class DType : std::uint8_t { fp32, bf16, fp8 };

constexpr std::size_t size_bytes(DType dtype) {
  if (dtype == DType::fp8) return 1;
  return dtype == DType::fp32 ? 4 : 2;
}
constexpr std::string_view name(DType dtype) {
  if (dtype == DType::fp8) return "fp8";
  return dtype == DType::fp32 ? "fp32" : "bf16";
}

// Of tokens that travel as `dtype`: fp8 is made from bf16 on the way.
constexpr DType token_dtype(DType dtype) {
  return dtype == DType::fp8 ? DType::bf16 : dtype;
}

// A stored row of `width` values, scales included.
constexpr std::size_t row_bytes(DType dtype, std::size_t width) {
  return width * size_bytes(dtype) +
         (dtype == DType::fp8 ? float8_blocks(width) * sizeof(float) : 0);
}

// Storage only: arithmetic happens in float32.
struct BFloat16 {
  std::uint16_t bits = 0;
  friend bool operator==(BFloat16, BFloat16) = default;
};

constexpr float to_float(BFloat16 value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16U);
}

// Rounds to nearest, ties to even; a NaN stays a (quiet) NaN, overflow becomes infinity.
constexpr BFloat16 to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) {
    return {static_cast<std::uint16_t>((bits >> 16U) | 0x0040U)};
  }
  const std::uint32_t rounding = 0x7fffU + ((bits >> 16U) & 1U);
  return {static_cast<std::uint16_t>((bits + rounding) >> 16U)};
}

}  // namespace moemark
