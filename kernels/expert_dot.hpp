// The experts' FFN through the processor's bfloat16 dot product, where it has one (AVX512-BF16).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "kernels/expert_gemm.hpp"

namespace moemark::kernels {

// Why expert_ffn_dot() cannot run here (processor, instruction set in use); empty when it can.
std::string why_no_dot();

// As expert_ffn() with packed bf16 weights, but products are of bfloat16 on both sides: float32 x
// and the activation between the GEMMs are rounded to it first. Sums are float32, denormals count
// as zero; the order of the sum is that of expert_ffn(), two steps of K at a time. The same
// workspace.
void expert_ffn_dot(device::Stream& stream, const PackedExperts& experts, ConstRows x,
                    std::span<const std::int32_t> expert_offsets, std::span<std::byte> workspace,
                    Rows y);

}  // namespace moemark::kernels
