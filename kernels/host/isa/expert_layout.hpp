// Where a packed expert's weights lie: panels of two vectors width, cut along K into blocks.
//
// A panel-block fills half of a first-level cache, so it stays there while all row tiles pass. The
// blocks of K come outermost, then the panels: the order in which they are read. In gate/up panels
// the first vector holds gate columns, the second the same up columns, so that both factors of the
// activation meet in one tile.
#pragma once

#include "kernels/host/isa/tile.hpp"
#include "kernels/host/kernel_table.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

constexpr std::size_t panel_block_bytes = 16384;

struct PanelMatrix {
  int depth;  // K, rounded up to even: the padding is zero
  int block;  // K of every block but the last
  int blocks;
  int panels;
  std::size_t element_bytes;

  [[nodiscard]] int block_depth(int index) const {
    return index + 1 < blocks ? block : depth - index * block;
  }
  [[nodiscard]] std::size_t panel_bytes(int index) const {
    return static_cast<std::size_t>(block_depth(index)) * panel_columns * element_bytes;
  }
  [[nodiscard]] std::size_t block_offset(int index) const {
    return static_cast<std::size_t>(index) * static_cast<std::size_t>(block) *
           static_cast<std::size_t>(panels) * panel_columns * element_bytes;
  }
  [[nodiscard]] std::size_t bytes() const {
    return static_cast<std::size_t>(depth) * static_cast<std::size_t>(panels) * panel_columns *
           element_bytes;
  }
};

inline PanelMatrix panel_matrix(int depth, int panels, DType weights) {
  PanelMatrix matrix = {};
  matrix.depth = (depth + 1) / 2 * 2;
  matrix.panels = panels;
  matrix.element_bytes = weights == DType::fp32 ? 4 : 2;
  const int most = static_cast<int>(panel_block_bytes / panel_columns / matrix.element_bytes);
  const int wanted = (matrix.depth + most - 1) / most;
  matrix.block = ((matrix.depth + wanted - 1) / wanted + 1) / 2 * 2;
  matrix.blocks = (matrix.depth + matrix.block - 1) / matrix.block;
  return matrix;
}

struct ExpertLayout {
  PanelMatrix gate_up;  // K = hidden
  PanelMatrix down;     // K = ffn
  explicit ExpertLayout(const FfnShape& shape)
      : gate_up(panel_matrix(shape.hidden, (shape.ffn + lanes - 1) / lanes, shape.weights)),
        down(panel_matrix(shape.ffn, (shape.hidden + panel_columns - 1) / panel_columns,
                          shape.weights)) {}
  [[nodiscard]] std::size_t bytes() const { return gate_up.bytes() + down.bytes(); }
};

}  // namespace
}  // namespace moemark::kernels::MOEMARK_ISA
