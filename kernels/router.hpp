// The router: gate GEMM, then scores, groups, top-k and weights per token, all in float32.
#pragma once

#include <cstdint>
#include <span>

#include "device/stream.hpp"
#include "kernels/rows.hpp"
#include "model/router_spec.hpp"

namespace moemark::kernels {

// logits[t, e] = sum_h x[t, h] * gate_weight[e, h] + gate_bias[e]; x is [T, H] of fp32 or bf16,
// gate_weight [E, H] float32 row-major, gate_bias [E] or empty (none), logits [T, E]. float32
// accumulation, the order of the sum is unspecified, the bias comes last.
void gate_logits(device::Stream& stream, ConstRows x, std::span<const float> gate_weight,
                 std::span<const float> gate_bias, std::span<float> logits);

struct TopkRule {
  RouterSpec router;
  int topk = 1;
};

// What choose_experts (routing/router_choice.hpp) makes of each row: the same ids, weights within
// 1e-6 of its. logits [T, E]; select_bias [E], finite, or empty (zeros; a router that selects
// without bias takes no other); ids and weights [T, k].
// Throws WrongResult naming rank-local token and expert when a logit is NaN or infinite, UsageError
// when the rule is impossible for `experts` (RouterSpec::why_impossible).
void router_topk(device::Stream& stream, std::span<const float> logits, int experts,
                 const TopkRule& rule, std::span<const float> select_bias,
                 std::span<std::int32_t> ids, std::span<float> weights);

}  // namespace moemark::kernels
