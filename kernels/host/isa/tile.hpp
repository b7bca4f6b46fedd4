// The inner kernel of both GEMMs: a tile of C stays in registers while K passes by.
//
// C[rows, panels * panel_columns] += A[rows, depth] * B[depth, panels * panel_columns], where B
// comes in panels of two vectors width, contiguous along K. Per step of K a row broadcasts one
// element of A against the panel's two vectors: with 6 x 16 floats on AVX2, 12 of the 16 registers
// accumulate and hide the latency of the multiply-add.
//
// bf16 panels hold two steps of K in a 32-bit word, the even one in the lower half: one shift or
// one mask widens a vector, and nothing moves between lanes.
#pragma once

#include "kernels/host/isa/vector.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

constexpr int panel_columns = 2 * lanes;
constexpr auto vector_step = static_cast<std::ptrdiff_t>(vector_bytes);
constexpr int max_tile_rows = vector_bytes == 64 ? 12 : 6;  // 32 registers or 16

struct TileCall {
  const float* a;
  std::ptrdiff_t a_stride;  // between rows, for StridedRows
  const std::byte* b;
  std::ptrdiff_t b_stride;  // bytes from one panel to the next
  float* c;                 // rows of panel_columns floats, contiguous
  std::ptrdiff_t c_stride;  // floats from one panel to the next
  int depth;                // steps of K, even for bf16 weights
  bool accumulate;          // add the product to C, else replace C by it
};

// A packed for the tile: the rows' elements of one step of K lie side by side.
struct PackedRows {
  template <int rows>
  static float at(const TileCall& call, std::ptrdiff_t k, int row) {
    return call.a[k * rows + row];
  }
};

// A as it lies in memory, row-major.
struct StridedRows {
  template <int rows>
  static float at(const TileCall& call, std::ptrdiff_t k, int row) {
    return call.a[row * call.a_stride + k];
  }
};

template <int rows, int panels>
struct Accumulators {
  Floats value[rows][2 * panels];
};

template <int rows, int panels, class Rows>
void multiply_add(Accumulators<rows, panels>& acc, const TileCall& call, std::ptrdiff_t k,
                  const Floats (&b)[2 * panels]) {
#pragma GCC unroll 16
  for (int row = 0; row < rows; ++row) {
    const float a = Rows::template at<rows>(call, k, row);
#pragma GCC unroll 8
    for (int v = 0; v < 2 * panels; ++v) acc.value[row][v] += a * b[v];
  }
}

// How the rows of A are kept for a Step: `words(rows, depth)` floats hold `depth` steps of K of
// `rows` rows, and put() writes element (k, row) of a tile of `height` rows.
struct FloatOperand {
  static std::ptrdiff_t words(int rows, int depth) {
    return static_cast<std::ptrdiff_t>(rows) * depth;
  }
  static void put(float* tile, int height, int k, int row, float value) {
    tile[static_cast<std::ptrdiff_t>(k) * height + row] = value;
  }
};

// One step of K for float32 weights, two for bf16. The panels that come next are fetched into the
// second-level cache meanwhile: one line for each that is read.
template <class Weight>
struct Step;

template <>
struct Step<Float32> {
  using Operand = FloatOperand;
  static constexpr int depth = 1;
  template <int rows, int panels, class Rows>
  static void run(Accumulators<rows, panels>& acc, const TileCall& call, std::ptrdiff_t k) {
    const std::byte* const row = call.b + k * panel_columns * 4;
    Floats b[2 * panels];
#pragma GCC unroll 8
    for (int v = 0; v < 2 * panels; ++v) {
      b[v] = load<Floats>(row + (v / 2) * call.b_stride + (v % 2) * vector_step);
    }
    multiply_add<rows, panels, Rows>(acc, call, k, b);
  }
};

constexpr Words upper_halves = ~Words{} << 16U;

template <>
struct Step<Bfloat16> {
  using Operand = FloatOperand;
  static constexpr int depth = 2;
  template <int rows, int panels, class Rows>
  static void run(Accumulators<rows, panels>& acc, const TileCall& call, std::ptrdiff_t k) {
    const std::byte* row = call.b + k * panel_columns * 2;
    Floats b[2 * panels];
#pragma GCC unroll 8
    for (int v = 0; v < 2 * panels; ++v) {
      const auto* from = row + (v / 2) * call.b_stride + (v % 2) * vector_step;
      b[v] = reinterpret_cast<Floats>(load<Words>(from) << 16U);
    }
    multiply_add<rows, panels, Rows>(acc, call, k, b);
    // Words and mask are read again: kept in registers, they would spill accumulators.
    const Words* mask = &upper_halves;
    asm("" : "+r"(row), "+r"(mask));
#pragma GCC unroll 8
    for (int v = 0; v < 2 * panels; ++v) {
      const auto* from = row + (v / 2) * call.b_stride + (v % 2) * vector_step;
      b[v] = reinterpret_cast<Floats>(load<Words>(from) & *mask);
    }
    multiply_add<rows, panels, Rows>(acc, call, k + 1, b);
  }
};

template <int rows, int panels, class Weight, class Rows>
void multiply_tile(const TileCall& arguments) {
  const TileCall call = arguments;  // a copy nobody else can write to
  constexpr std::ptrdiff_t line = 64;
  constexpr std::ptrdiff_t step_bytes =
      panel_columns * Step<Weight>::depth * static_cast<std::ptrdiff_t>(Weight::bytes);
  Accumulators<rows, panels> acc = {};
  const std::byte* next = call.b + panels * call.b_stride;
  for (std::ptrdiff_t k = 0; k < call.depth; k += Step<Weight>::depth) {
#pragma GCC unroll 16
    for (std::ptrdiff_t i = 0; i < panels * step_bytes; i += line) {
      __builtin_prefetch(next + i, 0, 2);
    }
    next += panels * step_bytes;
    Step<Weight>::template run<rows, panels, Rows>(acc, call, k);
  }
#pragma GCC unroll 16
  for (int row = 0; row < rows; ++row) {
#pragma GCC unroll 8
    for (int v = 0; v < 2 * panels; ++v) {
      const std::ptrdiff_t place = row * panel_columns + v % 2 * lanes;
      float* const c = call.c + v / 2 * call.c_stride + place;
      const Floats sum = acc.value[row][v];
      store(c, call.accumulate ? load<Floats>(c) + sum : sum);
    }
  }
}

// `count` rows in tiles of nearly equal height: no tile of one row is left at the end.
struct RowTiles {
  int count;
  int height;  // of the first `taller` tiles one more
  int taller;

  explicit RowTiles(int rows)
      : count((rows + max_tile_rows - 1) / max_tile_rows),
        height(rows / count),
        taller(rows % count) {}
  [[nodiscard]] int begin(int tile) const {
    return tile * height + (tile < taller ? tile : taller);
  }
  [[nodiscard]] int rows(int tile) const { return height + (tile < taller ? 1 : 0); }
};

using TileKernel = void (*)(const TileCall&);

}  // namespace
}  // namespace moemark::kernels::MOEMARK_ISA
