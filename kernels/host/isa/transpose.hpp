// Transposes a square of vectors in registers.
#pragma once

#include <utility>

#include "kernels/host/isa/vector.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

// Lane i of the result: lane first + i / 2 of a where i is even, of b where it is odd.
template <int first, int... i>
Floats interleave(Floats a, Floats b, std::integer_sequence<int, i...> /*lanes*/) {
  return __builtin_shufflevector(a, b, (first + i / 2 + i % 2 * lanes)...);
}

// Interleaving row i with row i + n / 2 of all n rows, log2(n) times over, is a transposition: each
// pass rotates the bits of (row, lane) by one place.
inline void transpose(Floats (&square)[lanes]) {
  using Lanes = std::make_integer_sequence<int, lanes>;
#pragma GCC unroll 4
  for (int pass = 1; pass < lanes; pass *= 2) {
    Floats next[lanes];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < lanes / 2; ++i) {
      next[2 * i] = interleave<0>(square[i], square[i + lanes / 2], Lanes());
      next[2 * i + 1] = interleave<lanes / 2>(square[i], square[i + lanes / 2], Lanes());
    }
#pragma GCC unroll 16
    for (int i = 0; i < lanes; ++i) square[i] = next[i];
  }
}

}  // namespace
}  // namespace moemark::kernels::MOEMARK_ISA
