// The grouped expert FFN: two GEMMs over packed panels, with the activation between them, for any
// way to multiply a tile (tile.hpp: Step).
//
// An expert's rows are taken in blocks of up to 132. For a block of rows and a block of K, A is
// packed into row tiles that fit the second-level cache; then every panel-block of B, which fits
// the first, meets all row tiles. C of the whole row block waits in the workspace between blocks
// of K: one load and store of a tile for some thousand cycles of multiply-adds. The last block of
// K hands each panel of C on while it is warm: gate/up panels become the packed A of the down
// GEMM, down panels become rows of y.
//
// Every output element is summed along ascending k within a block, then block by block, whatever
// the tile: the result of a row does not depend on the rows beside it.
#pragma once

#include <utility>

#include "kernels/host/isa/expert_layout.hpp"
#include "kernels/host/isa/exponential.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

constexpr int max_block_rows = 132;  // whole tiles of 6 and of 12; 264 kB of A at K = 512

// Panels that one call of the inner kernel reads side by side: with few rows, more of them keep
// enough multiply-adds and enough streams from memory in flight.
constexpr int panels_at_once(int rows) {
  const int fit = max_tile_rows / rows;
  return fit > 4 ? 4 : fit;
}

template <class Weight>
TileKernel tile_kernel(int rows, int panels) {
  struct Table {
    TileKernel single[max_tile_rows];
    TileKernel grouped[max_tile_rows];
  };
  static constexpr Table table = []<int... r>(std::integer_sequence<int, r...>) {
    return Table{{multiply_tile<r + 1, 1, Weight, PackedRows>...},
                 {multiply_tile<r + 1, panels_at_once(r + 1), Weight, PackedRows>...}};
  }(std::make_integer_sequence<int, max_tile_rows>());
  return (panels == 1 ? table.single : table.grouped)[rows - 1];
}

// C += A B, one block of K after the other. operand(block) returns A of that block, packed in row
// tiles; finish(panel, c) takes a panel of C whose sum is complete: [rows, panel_columns].
template <class Weight, class Operand, class Finish>
void multiply(const PanelMatrix& matrix, const std::byte* weights, const RowTiles& tiles, int rows,
              float* c, Operand operand, Finish finish) {
  const int group = tiles.count == 1 ? panels_at_once(rows) : 1;
  const std::ptrdiff_t c_stride = static_cast<std::ptrdiff_t>(rows) * panel_columns;
  for (int block = 0; block < matrix.blocks; ++block) {
    const float* const a = operand(block);
    const int depth = matrix.block_depth(block);
    const auto b_stride = static_cast<std::ptrdiff_t>(matrix.panel_bytes(block));
    const std::byte* const b = weights + matrix.block_offset(block);
    for (int panel = 0, width = 0; panel < matrix.panels; panel += width) {
      width = panel + group <= matrix.panels ? group : 1;
      for (int tile = 0; tile < tiles.count; ++tile) {
        const std::ptrdiff_t row = tiles.begin(tile);
        tile_kernel<Weight>(tiles.rows(tile), width)(
            {.a = a + Step<Weight>::Operand::words(static_cast<int>(row), depth),
             .a_stride = 0,
             .b = b + panel * b_stride,
             .b_stride = b_stride,
             .c = c + panel * c_stride + row * panel_columns,
             .c_stride = c_stride,
             .depth = depth,
             .accumulate = block > 0});
      }
      if (block + 1 < matrix.blocks) continue;
      for (int p = panel; p < panel + width; ++p) finish(p, c + p * c_stride);
    }
  }
}

// Columns first .. first + depth - 1 of x's rows, as row tiles: within a tile [depth, tile rows].
template <class Operand, class Element>
void pack_rows(const std::byte* x, int hidden, int first, int depth, const RowTiles& tiles,
               float* a) {
  const int valid = hidden - first < depth ? hidden - first : depth;
  for (int tile = 0; tile < tiles.count; ++tile) {
    const int height = tiles.rows(tile);
    for (int r = 0; r < height; ++r) {
      const std::ptrdiff_t row = tiles.begin(tile) + r;
      const std::byte* const from =
          x + (row * hidden + first) * static_cast<std::ptrdiff_t>(Element::bytes);
      float* const to = a + Operand::words(tiles.begin(tile), depth);
      for (int k = 0; k < valid; ++k) {
        Operand::put(to, height, k, r,
                     Element::load_one(from + k * static_cast<std::ptrdiff_t>(Element::bytes)));
      }
      for (int k = valid; k < depth; ++k) Operand::put(to, height, k, r, 0.0F);
    }
  }
}

// Column `column` of the activation, as the down GEMM's packed A wants it.
template <class Operand, class Value>
void write_activation_column(const PanelMatrix& down, const RowTiles& tiles, int rows, int column,
                             Value value, float* activation) {
  const int block = column / down.block;
  const int k = column - block * down.block;
  const int depth = down.block_depth(block);
  float* const a = activation + Operand::words(rows, block * down.block);
  for (int tile = 0; tile < tiles.count; ++tile) {
    const int height = tiles.rows(tile);
    const int begin = tiles.begin(tile);
    float* const to = a + Operand::words(begin, depth);
    for (int r = 0; r < height; ++r) Operand::put(to, height, k, r, value(begin + r));
  }
}

// silu(gate) * up of a finished panel, [rows, gate | up], into the columns of the activation.
template <class Operand>
void activate(const PanelMatrix& down, const RowTiles& tiles, int rows, int ffn, int panel,
              float* c, float* activation) {
  for (int row = 0; row < rows; ++row) {
    float* const gate = c + static_cast<std::ptrdiff_t>(row) * panel_columns;
    const auto g = load<Floats>(gate);
    const auto u = load<Floats>(gate + lanes);
    store(gate, g / (1.0F + exponential(-g)) * u);
  }
  const int first = panel * lanes;
  const int valid = ffn - first < lanes ? ffn - first : lanes;
  for (int lane = 0; lane < valid; ++lane) {
    write_activation_column<Operand>(
        down, tiles, rows, first + lane, [&](int row) { return c[row * panel_columns + lane]; },
        activation);
  }
}

template <class Element>
void store_rows(const float* c, int rows, int hidden, int panel, std::byte* y) {
  constexpr auto bytes = static_cast<std::ptrdiff_t>(Element::bytes);
  const int first = panel * panel_columns;
  for (int row = 0; row < rows; ++row) {
    for (int v = 0; v < 2; ++v) {
      const int column = first + v * lanes;
      if (column >= hidden) break;
      std::byte* const to = y + (static_cast<std::ptrdiff_t>(row) * hidden + column) * bytes;
      const std::ptrdiff_t place = row * panel_columns + v * lanes;
      const auto value = load<Floats>(c + place);
      if (hidden - column >= lanes) {
        Element::store_vector(to, value);
      } else {
        store_some<Element>(to, value, static_cast<std::size_t>(hidden - column));
      }
    }
  }
}

constexpr std::size_t line_floats = 16;

std::size_t whole_lines(std::size_t floats) {
  return (floats + line_floats - 1) / line_floats * line_floats;
}

// The parts of the workspace, in floats, for a block of `rows`.
struct WorkspaceParts {
  std::size_t a;
  std::size_t activation;
  std::size_t c;
  WorkspaceParts(const ExpertLayout& layout, std::size_t rows)
      : a(whole_lines(rows * static_cast<std::size_t>(layout.gate_up.block))),
        activation(whole_lines(rows * static_cast<std::size_t>(layout.down.depth))),
        c(rows * panel_columns *
          static_cast<std::size_t>(layout.gate_up.panels > layout.down.panels
                                       ? layout.gate_up.panels
                                       : layout.down.panels)) {}
};

template <class Weight, class Input, class Output>
void block_ffn(const FfnShape& shape, const ExpertLayout& layout, const std::byte* weights,
               const std::byte* x, int rows, float* workspace, std::byte* y) {
  using Operand = typename Step<Weight>::Operand;
  const RowTiles tiles(rows);
  const WorkspaceParts parts(layout, static_cast<std::size_t>(rows));
  float* const a = workspace;
  float* const activation = a + parts.a;
  float* const c = activation + parts.activation;

  const auto pack = [&](int block) {
    pack_rows<Operand, Input>(x, shape.hidden, block * layout.gate_up.block,
                              layout.gate_up.block_depth(block), tiles, a);
    return static_cast<const float*>(a);
  };
  multiply<Weight>(layout.gate_up, weights, tiles, rows, c, pack, [&](int panel, float* complete) {
    activate<Operand>(layout.down, tiles, rows, shape.ffn, panel, complete, activation);
  });
  for (int column = shape.ffn; column < layout.down.depth; ++column) {
    write_activation_column<Operand>(
        layout.down, tiles, rows, column, [](int) { return 0.0F; }, activation);
  }

  const auto packed_activation = [&](int block) {
    return static_cast<const float*>(activation) + Operand::words(rows, block * layout.down.block);
  };
  multiply<Weight>(layout.down, weights + layout.gate_up.bytes(), tiles, rows, c, packed_activation,
                   [&](int panel, const float* complete) {
                     store_rows<Output>(complete, rows, shape.hidden, panel, y);
                   });
}

template <class Weight, class Input, class Output>
void grouped_ffn(const FfnCall& call) {
  const ExpertLayout layout(call.shape);
  const auto hidden = static_cast<std::size_t>(call.shape.hidden);
  for (int expert = 0; expert < call.shape.experts; ++expert) {
    const std::byte* const weights =
        call.packed + static_cast<std::size_t>(expert) * layout.bytes();
    const int begin = call.offsets[expert];
    const int rows = call.offsets[expert + 1] - begin;
    const int blocks = (rows + max_block_rows - 1) / max_block_rows;
    for (int block = 0; block < blocks; ++block) {
      const auto from = static_cast<int>(std::int64_t{rows} * block / blocks);
      const auto to = static_cast<int>(std::int64_t{rows} * (block + 1) / blocks);
      const std::size_t offset = static_cast<std::size_t>(begin + from) * hidden;
      block_ffn<Weight, Input, Output>(call.shape, layout, weights, call.x + offset * Input::bytes,
                                       to - from, reinterpret_cast<float*>(call.workspace),
                                       call.y + offset * Output::bytes);
    }
  }
}

template <class Weight, class Input>
void with_output(const FfnCall& call) {
  call.y_type == DType::fp32 ? grouped_ffn<Weight, Input, Float32>(call)
                             : grouped_ffn<Weight, Input, Bfloat16>(call);
}

template <class Weight>
void with_input(const FfnCall& call) {
  call.x_type == DType::fp32 ? with_output<Weight, Float32>(call)
                             : with_output<Weight, Bfloat16>(call);
}

}  // namespace
}  // namespace moemark::kernels::MOEMARK_ISA
