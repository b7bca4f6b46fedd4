// The gate GEMM: logits[T, E] = x[T, H] * W[E, H]^T + b[E], without packing W.
//
// Rows of both matrices run along K, but the inner kernel wants one operand with K outermost. That
// is x here: a block of tokens, two vectors of them, is transposed into a panel on the stack for a
// block of K and meets the rows of W as they lie. So a tile of C is [experts, tokens]; it is
// transposed back once, at the end of K. A logit is summed along ascending k within a block, then
// block by block, the bias last: it does not depend on the tokens beside it.
#include <utility>

#include "kernels/host/isa/kernels.hpp"
#include "kernels/host/isa/tile.hpp"
#include "kernels/host/isa/transpose.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

constexpr int panel_tokens = panel_columns;
constexpr int block_depth = 4096 / panel_tokens;  // of K: a panel of 16 kB
constexpr int chunk_experts = 252;                // whole tiles; C takes 16 kB with AVX2

TileKernel tile_kernel(int rows) {
  struct Table {
    TileKernel kernels[max_tile_rows];
  };
  static constexpr Table table = []<int... r>(std::integer_sequence<int, r...>) {
    return Table{{multiply_tile<r + 1, 1, Float32, StridedRows>...}};
  }(std::make_integer_sequence<int, max_tile_rows>());
  return table.kernels[rows - 1];
}

// panel[k, token] = x[token, first + k] for `tokens` rows of x, zero for the rest of the panel.
template <class Element>
void pack_panel(const std::byte* x, std::size_t hidden, std::size_t first, int depth, int tokens,
                float* panel) {
  constexpr auto bytes = static_cast<std::ptrdiff_t>(Element::bytes);
  const std::byte* rows[panel_tokens];
  for (int t = 0; t < panel_tokens; ++t) {
    const std::size_t row = t < tokens ? static_cast<std::size_t>(t) : 0;
    rows[t] = x + (row * hidden + first) * Element::bytes;
  }
  int k = 0;
  for (; k + lanes <= depth; k += lanes) {
    for (int half = 0; half < panel_tokens; half += lanes) {
      Floats square[lanes];
      for (int i = 0; i < lanes; ++i) {
        square[i] = half + i < tokens ? Element::load_vector(rows[half + i] + k * bytes) : Floats{};
      }
      transpose(square);
      for (int i = 0; i < lanes; ++i) {
        const std::ptrdiff_t place = (k + i) * panel_tokens + half;
        store(panel + place, square[i]);
      }
    }
  }
  for (; k < depth; ++k) {
    for (int t = 0; t < panel_tokens; ++t) {
      panel[k * panel_tokens + t] = t < tokens ? Element::load_one(rows[t] + k * bytes) : 0.0F;
    }
  }
}

// `tokens` rows of x against `experts` rows of the weight.
template <class Element>
void multiply_chunk(const GateCall& call, std::size_t token, int tokens, std::size_t expert,
                    int experts) {
  alignas(64) float panel[block_depth * panel_tokens];
  alignas(64) float c[chunk_experts * panel_tokens];
  const RowTiles tiles(experts);
  for (std::size_t first = 0; first < call.hidden; first += block_depth) {
    const std::size_t rest = call.hidden - first;
    const int depth = rest < block_depth ? static_cast<int>(rest) : block_depth;
    pack_panel<Element>(call.x + token * call.hidden * Element::bytes, call.hidden, first, depth,
                        tokens, panel);
    for (int tile = 0; tile < tiles.count; ++tile) {
      const auto row = static_cast<std::size_t>(tiles.begin(tile));
      tile_kernel(tiles.rows(tile))({.a = call.weight + (expert + row) * call.hidden + first,
                                     .a_stride = static_cast<std::ptrdiff_t>(call.hidden),
                                     .b = reinterpret_cast<const std::byte*>(panel),
                                     .b_stride = 0,
                                     .c = c + row * panel_tokens,
                                     .c_stride = 0,
                                     .depth = depth,
                                     .accumulate = first > 0});
    }
  }
  for (int t = 0; t < tokens; ++t) {
    float* const to = call.logits + (token + static_cast<std::size_t>(t)) * call.experts + expert;
    for (int e = 0; e < experts; ++e) to[e] = c[e * panel_tokens + t];
    if (call.bias == nullptr) continue;
    for (int e = 0; e < experts; ++e) to[e] += call.bias[expert + static_cast<std::size_t>(e)];
  }
}

template <class Element>
void multiply_all(const GateCall& call) {
  for (std::size_t expert = 0; expert < call.experts; expert += chunk_experts) {
    const std::size_t experts = call.experts - expert;
    for (std::size_t token = 0; token < call.tokens; token += panel_tokens) {
      const std::size_t tokens = call.tokens - token;
      multiply_chunk<Element>(
          call, token, tokens < panel_tokens ? static_cast<int>(tokens) : panel_tokens, expert,
          experts < chunk_experts ? static_cast<int>(experts) : chunk_experts);
    }
  }
}

}  // namespace

void gate_logits(const GateCall& call) {
  call.x_type == DType::fp32 ? multiply_all<Float32>(call) : multiply_all<Bfloat16>(call);
}

}  // namespace moemark::kernels::MOEMARK_ISA
