// The router in float64: what the kernels' answers are compared with.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/router.hpp"

namespace moemark::kernels::reference {

// x [T, H] and gate_weight [E, H] row-major, already rounded to what the kernel reads; gate_bias
// [E] or empty; returns [T, E].
std::vector<double> gate_logits(std::span<const float> x, std::span<const float> gate_weight,
                                std::span<const float> gate_bias, std::size_t hidden);

// weights [T, k] of the experts `ids` [T, k] that the rule chose from logits [T, E] (which ones it
// chooses is exact: routing/router_choice.hpp).
std::vector<double> topk_weights(std::span<const float> logits, int experts, const TopkRule& rule,
                                 std::span<const std::int32_t> ids);

}  // namespace moemark::kernels::reference
