// The choice of one token's experts: the definition in float32 that every router kernel repeats to
// the id.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/router_spec.hpp"

namespace moemark {

struct ExpertChoice {
  std::vector<std::int32_t> ids;  // [topk], in the order of selection, distinct
  std::vector<float> weights;     // [topk]
};

// logits is [E], select_bias [E] or empty (zeros). The score in c is the logit itself where
// router.selects_by_logit():
//   s = score(logits); c = s + select_bias
//   groups of E / n_group consecutive experts, by their largest c or the sum of their two largest:
//     the first topk_group keep their c, the experts of the others get -inf
//   ids = the topk largest c, descending; groups and experts that tie, the lower id first
//   w = s[ids]; w /= sum(w) + 1e-20 if norm_topk_prob; w *= scale
// (DeepSeek-V3, arXiv:2412.19437, equations 12 to 16; group-limited routing and its maximum:
// DeepSeek-V2, arXiv:2405.04434, 2.2.2. Losers' -inf: with 0 they could beat negative sums.)
// Throws WrongResult naming `token` when a logit is NaN or infinite, UsageError when
// router.why_impossible, when a bias is given to a router without, and when it is not E finite
// values.
ExpertChoice choose_experts(const RouterSpec& router, int topk, std::span<const float> logits,
                            std::span<const float> select_bias = {}, int token = 0);

}  // namespace moemark
