// Packs the experts' weights into panels, once, rounding them to their storage type.
#include "kernels/host/isa/expert_layout.hpp"
#include "kernels/host/isa/kernels.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

// The weights along K of every column of a panel; null: a column of padding.
struct PanelSource {
  const float* columns[panel_columns];
};

std::uint16_t round_to_bf16(float value) {
  return narrow(splat(value))[0];
}

// Element (k, column) of a bf16 panel is half k % 2 of word (k / 2, column).
void store_element(std::byte* panel, int k, int column, float value, DType weights) {
  if (weights == DType::fp32) {
    const std::ptrdiff_t place = k * panel_columns + column;
    __builtin_memcpy(panel + place * 4, &value, 4);
    return;
  }
  const std::uint16_t half = round_to_bf16(value);
  const std::ptrdiff_t place = (k / 2 * panel_columns + column) * 2 + k % 2;
  __builtin_memcpy(panel + place * 2, &half, 2);
}

// `valid` is K without padding.
void pack_panel(const PanelSource& source, const PanelMatrix& matrix, int block, int valid,
                DType weights, std::byte* panel) {
  const int first = block * matrix.block;
  for (int column = 0; column < panel_columns; ++column) {
    const float* const from = source.columns[column];
    for (int k = 0; k < matrix.block_depth(block); ++k) {
      const bool padding = from == nullptr || first + k >= valid;
      store_element(panel, k, column, padding ? 0.0F : from[first + k], weights);
    }
  }
}

template <class Source>
void pack_matrix(const PanelMatrix& matrix, int valid, DType weights, Source source,
                 std::byte* packed) {
  for (int block = 0; block < matrix.blocks; ++block) {
    for (int panel = 0; panel < matrix.panels; ++panel) {
      pack_panel(source(panel), matrix, block, valid, weights,
                 packed + matrix.block_offset(block) +
                     static_cast<std::size_t>(panel) * matrix.panel_bytes(block));
    }
  }
}

const float* column_or_null(const float* matrix, int column, int columns, int depth) {
  return column < columns ? matrix + static_cast<std::ptrdiff_t>(column) * depth : nullptr;
}

}  // namespace

std::size_t packed_bytes(const FfnShape& shape) {
  return static_cast<std::size_t>(shape.experts) * ExpertLayout(shape).bytes();
}

void pack_experts(const FfnShape& shape, const FfnWeights& weights, std::byte* packed) {
  const ExpertLayout layout(shape);
  const std::ptrdiff_t values = static_cast<std::ptrdiff_t>(shape.ffn) * shape.hidden;
  for (int expert = 0; expert < shape.experts; ++expert) {
    const auto gate_up_source = [&](int panel) {
      PanelSource source;
      for (int lane = 0; lane < lanes; ++lane) {
        const int column = panel * lanes + lane;
        source.columns[lane] =
            column_or_null(weights.gate + expert * values, column, shape.ffn, shape.hidden);
        source.columns[lanes + lane] =
            column_or_null(weights.up + expert * values, column, shape.ffn, shape.hidden);
      }
      return source;
    };
    const auto down_source = [&](int panel) {
      PanelSource source;
      for (int lane = 0; lane < panel_columns; ++lane) {
        source.columns[lane] = column_or_null(
            weights.down + expert * values, panel * panel_columns + lane, shape.hidden, shape.ffn);
      }
      return source;
    };
    std::byte* const to = packed + static_cast<std::size_t>(expert) * layout.bytes();
    pack_matrix(layout.gate_up, shape.hidden, shape.weights, gate_up_source, to);
    pack_matrix(layout.down, shape.ffn, shape.weights, down_source, to + layout.gate_up.bytes());
  }
}

}  // namespace moemark::kernels::MOEMARK_ISA
