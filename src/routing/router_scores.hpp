// The scores of a router in float32, to the digit: selections compare them, so two that differ in
// the last place could choose different experts.
//
// Additions, multiplications, divisions and square roots of IEEE 754 only, each rounded, in the
// order written here: every compiler and every machine gives the same digits, and so do the
// kernels.
#pragma once

#include <span>

#include "model/router_score.hpp"

namespace moemark {

// exp(x) within 2 ulp: x = n ln 2 + r with |r| <= ln 2 / 2, exp(r) by the polynomial of Cephes'
// expf (S. Moshier), ln 2 in two parts so that n ln 2 is exact in the first; 0 from -104 down,
// infinite from 89 up.
float exponential(float x);

// log(1 + z) for 0 <= z <= 1, within 3 ulp: 2 artanh(s), s = z / (2 + z), by its Taylor series.
float log_one_plus(float z);

// scores[e] of one token; logits and scores are [E], all logits finite.
//   softmax        exp(logit - largest) / sum, the sum over 16 partial sums, e mod 16 each
//   sigmoid        1 / (1 + z) of logits from 0 up, z / (1 + z) below, z = exp(-|logit|)
//   sqrt-softplus  sqrt(max(logit, 0) + log(1 + z))
void router_scores(Score score, std::span<const float> logits, std::span<float> scores);

}  // namespace moemark
