// The experts' FFN on the host: checks shapes and calls the active instruction set.
#include "kernels/expert_gemm.hpp"

#include "kernels/host/ffn_call.hpp"
#include "kernels/host/isa.hpp"
#include "kernels/host/require.hpp"

namespace moemark::kernels {
namespace {

FfnShape plain(const ExpertShape& shape) {
  return {shape.experts, shape.hidden, shape.ffn, shape.weights};
}

}  // namespace

std::size_t PackedExperts::packed_bytes(const ExpertShape& shape) {
  return active_kernels().packed_bytes(plain(shape));
}

PackedExperts::PackedExperts(device::Stream& /*stream*/, const ExpertShape& shape,
                             ExpertWeightsView weights)
    : shape_(shape), packed_(packed_bytes(shape)) {
  const std::size_t values = shape.weight_bytes() / size_bytes(shape.weights) / 3;
  require(
      weights.gate.size() == values && weights.up.size() == values && weights.down.size() == values,
      "PackedExperts: gate and up are [experts, F, H], down [experts, H, F]");
  active_kernels().pack_experts(plain(shape),
                                {weights.gate.data(), weights.up.data(), weights.down.data()},
                                packed_.bytes().data());
}

std::size_t expert_ffn_workspace_bytes(const ExpertShape& shape, std::size_t rows) {
  return active_kernels().ffn_workspace_bytes(plain(shape), rows);
}

FfnCall ffn_call(const PackedExperts& experts, ConstRows x,
                 std::span<const std::int32_t> expert_offsets, std::span<std::byte> workspace,
                 Rows y) {
  const ExpertShape& shape = experts.shape();
  const auto hidden = static_cast<std::size_t>(shape.hidden);
  require(x.width == hidden && y.width == hidden, "expert_ffn: x and y are [rows, H]");
  require(expert_offsets.size() == static_cast<std::size_t>(shape.experts) + 1,
          "expert_ffn: expert_offsets is [experts + 1]");
  const auto rows = static_cast<std::size_t>(expert_offsets.back());
  require(x.count() >= rows && y.count() >= rows, "expert_ffn: x or y has fewer rows than offsets");
  require(workspace.size() >= expert_ffn_workspace_bytes(shape, rows),
          "expert_ffn: workspace smaller than expert_ffn_workspace_bytes");
  return {.shape = plain(shape),
          .packed = experts.data().data(),
          .x_type = x.dtype,
          .y_type = y.dtype,
          .x = x.data.data(),
          .offsets = expert_offsets.data(),
          .workspace = workspace.data(),
          .y = y.data.data()};
}

void expert_ffn(device::Stream& /*stream*/, const PackedExperts& experts, ConstRows x,
                std::span<const std::int32_t> expert_offsets, std::span<std::byte> workspace,
                Rows y) {
  active_kernels().expert_ffn(ffn_call(experts, x, expert_offsets, workspace, y));
}

}  // namespace moemark::kernels
