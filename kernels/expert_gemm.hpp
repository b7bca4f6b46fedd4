// The experts' FFN over ragged groups of tokens: y = (silu(x Wg^T) * (x Wu^T)) Wd^T per expert.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "device/buffer.hpp"
#include "device/stream.hpp"
#include "kernels/rows.hpp"

namespace moemark::kernels {

struct ExpertShape {
  int experts = 0;  // on this rank
  int hidden = 0;   // H
  int ffn = 0;      // F
  DType weights = DType::bf16;

  // 2 flop per multiply-add, three matrices: the flop of `tokens` valid rows.
  [[nodiscard]] double flop(double tokens) const { return 6.0 * tokens * hidden * ffn; }
  [[nodiscard]] std::size_t weight_bytes() const {
    return size_bytes(weights) * 3U * static_cast<std::size_t>(experts) *
           static_cast<std::size_t>(hidden) * static_cast<std::size_t>(ffn);
  }
};

// Plain weights on the host, float32 row-major: gate and up [experts, F, H], down [experts, H, F].
struct ExpertWeightsView {
  std::span<const float> gate;
  std::span<const float> up;
  std::span<const float> down;
};

// Weights in the kernel's own layout, rounded to shape.weights; packed once, used for ever.
class PackedExperts {
 public:
  PackedExperts(device::Stream& stream, const ExpertShape& shape, ExpertWeightsView weights);
  // Device bytes that packing `shape` takes.
  static std::size_t packed_bytes(const ExpertShape& shape);

  [[nodiscard]] const ExpertShape& shape() const { return shape_; }
  [[nodiscard]] std::span<const std::byte> data() const { return packed_.bytes(); }

 private:
  ExpertShape shape_;
  device::Buffer packed_;
};

// Bytes of scratch that expert_ffn needs for up to `rows` rows in all.
std::size_t expert_ffn_workspace_bytes(const ExpertShape& shape, std::size_t rows);

// Rows of expert e of x and y are expert_offsets[e] .. expert_offsets[e + 1] - 1; x and y are
// [rows, H] of fp32 or bf16. expert_offsets [experts + 1] lies in device memory. float32
// accumulation; the activation between the two GEMMs stays float32.
void expert_ffn(device::Stream& stream, const PackedExperts& experts, ConstRows x,
                std::span<const std::int32_t> expert_offsets, std::span<std::byte> workspace,
                Rows y);

}  // namespace moemark::kernels
