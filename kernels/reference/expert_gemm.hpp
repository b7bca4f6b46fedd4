// The experts' FFN in float64: what the kernels' answers are compared with.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/expert_gemm.hpp"

namespace moemark::kernels::reference {

// x [rows, H] and the weights already rounded to what the kernel reads; returns y [rows, H].
std::vector<double> expert_ffn(const ExpertShape& shape, ExpertWeightsView weights,
                               std::span<const float> x,
                               std::span<const std::int32_t> expert_offsets);

}  // namespace moemark::kernels::reference
