// The router whose experts choose their tokens (Zhou et al. 2022, arXiv:2202.09368), instead of
// tokens their experts.
#pragma once

#include <cstdint>
#include <span>

#include "device/stream.hpp"
#include "model/router_spec.hpp"

namespace moemark::kernels {

struct ExpertChoiceRule {
  RouterSpec router;  // its score function and scale; groups, bias and renormalisation have no part
  int taken = 0;      // C: tokens of every expert, at most T
  int width = 1;      // most experts of a token
};

// Every expert takes the C tokens of its highest scores, of equal scores the earlier token. Scores
// that grow with the one logit (sigmoid, sqrt-softplus) are compared as logits, softmax scores as
// float64 logarithms: neither saturates into ties. logits [T, E]; ids and weights [T, width]: a
// token's experts ascending with score * scale, behind them -1 and 0.
// Throws WrongResult naming rank-local token and expert when a logit is NaN or infinite, and token
// and number when more than `width` experts take one.
void choose_tokens(device::Stream& stream, std::span<const float> logits, int experts,
                   const ExpertChoiceRule& rule, std::span<std::int32_t> ids,
                   std::span<float> weights);

}  // namespace moemark::kernels
