// The tile kernel's step by the bfloat16 dot product of AVX512-BF16: a word of A and a word of B
// each hold two steps of K, and one instruction adds both products to a float32 sum.
//
// Sums are of float32, but an instruction adds the product of the odd step, then that of the even
// one, rounds to nearest and takes denormals for zero, whatever the mode of the processor (Intel
// SDM, VDPBF16PS).
#pragma once

#include <immintrin.h>

#include "kernels/host/isa/tile.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

struct Bfloat16Dot {
  static constexpr std::size_t bytes = 2;
};

// Two steps of K in a word, the even one in the lower half, as in bf16 panels.
struct PairOperand {
  static std::ptrdiff_t words(int rows, int depth) {
    return static_cast<std::ptrdiff_t>(rows) * (depth / 2);
  }
  static void put(float* tile, int height, int k, int row, float value) {
    const std::uint16_t half = narrow(splat(value))[0];
    auto* const word =
        reinterpret_cast<std::byte*>(tile + static_cast<std::ptrdiff_t>(k / 2) * height + row);
    __builtin_memcpy(word + k % 2 * 2, &half, sizeof half);
  }
};

template <>
struct Step<Bfloat16Dot> {
  using Operand = PairOperand;
  static constexpr int depth = 2;
  template <int rows, int panels, class Rows>
  static void run(Accumulators<rows, panels>& acc, const TileCall& call, std::ptrdiff_t k) {
    const std::byte* const from = call.b + k * panel_columns * 2;
    __m512bh b[2 * panels];
#pragma GCC unroll 8
    for (int v = 0; v < 2 * panels; ++v) {
      b[v] = load<__m512bh>(from + (v / 2) * call.b_stride + (v % 2) * vector_step);
    }
#pragma GCC unroll 16
    for (int row = 0; row < rows; ++row) {
      const float pair = Rows::template at<rows>(call, k / 2, row);
      const auto a = reinterpret_cast<__m512bh>(splat(pair));
#pragma GCC unroll 8
      for (int v = 0; v < 2 * panels; ++v) {
        acc.value[row][v] = _mm512_dpbf16_ps(acc.value[row][v], a, b[v]);
      }
    }
  }
};

}  // namespace
}  // namespace moemark::kernels::MOEMARK_ISA
