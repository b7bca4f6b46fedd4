// The arguments of an FFN, checked.
#pragma once

#include "kernels/expert_gemm.hpp"
#include "kernels/host/kernel_table.hpp"

namespace moemark::kernels {

// Throws std::invalid_argument naming what does not fit.
FfnCall ffn_call(const PackedExperts& experts, ConstRows x,
                 std::span<const std::int32_t> expert_offsets, std::span<std::byte> workspace,
                 Rows y);

}  // namespace moemark::kernels
