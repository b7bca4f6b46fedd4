// The router: gate GEMM, then softmax and top-k per token, all in float32.
#pragma once

#include <cstdint>
#include <span>

#include "device/stream.hpp"
#include "kernels/rows.hpp"

namespace moemark::kernels {

// logits[t, e] = sum_h x[t, h] * gate_weight[e, h]; x is [T, H] of fp32 or bf16, gate_weight [E, H]
// float32 row-major, logits [T, E]. float32 accumulation, the order of the sum is unspecified.
void gate_logits(device::Stream& stream, ConstRows x, std::span<const float> gate_weight,
                 std::span<float> logits);

struct TopkRule {
  int topk = 1;
  bool norm_topk_prob = true;  // weights /= (sum over the k chosen + 1e-20)
  float scale = 1.0F;          // then weights *= scale
};

// Chooses the k largest logits of each row, descending, ties to the lower expert id (-0.0 equals
// +0.0), and weighs them by softmax over all `experts` logits, then renormalised and scaled as the
// rule says. logits [T, E]; ids and weights [T, k].
// Throws WrongResult naming rank-local token and expert when a logit is NaN or infinite.
void softmax_topk(device::Stream& stream, std::span<const float> logits, int experts, TopkRule rule,
                  std::span<std::int32_t> ids, std::span<float> weights);

}  // namespace moemark::kernels
