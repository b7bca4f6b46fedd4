// The router in float64: what the kernels' answers are compared with.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/router.hpp"

namespace moemark::kernels::reference {

// x [T, H] and gate_weight [E, H] row-major, already rounded to what the kernel reads; returns
// [T, E].
std::vector<double> gate_logits(std::span<const float> x, std::span<const float> gate_weight,
                                std::size_t hidden);

struct Topk {
  std::vector<std::int32_t> ids;  // [T, k]
  std::vector<double> weights;    // [T, k]
};

// Selection compares the float32 logits themselves, so ids must be equal; weights are float64.
Topk softmax_topk(std::span<const float> logits, int experts, TopkRule rule);

}  // namespace moemark::kernels::reference
