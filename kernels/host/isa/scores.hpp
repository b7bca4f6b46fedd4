// Scores of logits, a vector at a time, digit by digit as routing/router_scores.hpp defines them.
#pragma once

#include "kernels/host/isa/exponential.hpp"
#include "model/router_score.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

inline Floats log_one_plus(Floats z) {
  const Floats s = z / (2.0F + z);
  const Floats t = s * s;
  Floats p = splat(1.0F / 15.0F);
  p = p * t + 1.0F / 13.0F;
  p = p * t + 1.0F / 11.0F;
  p = p * t + 1.0F / 9.0F;
  p = p * t + 1.0F / 7.0F;
  p = p * t + 1.0F / 5.0F;
  p = p * t + 1.0F / 3.0F;
  const Floats twice = s + s;
  return twice + twice * (t * p);
}

inline Floats square_root(Floats x) {
  for (int i = 0; i < lanes; ++i) x[i] = __builtin_sqrtf(x[i]);
  return x;
}

inline Floats sigmoid(Floats logit) {
  const Floats z = exponential(logit < 0.0F ? logit : -logit);
  return (logit >= 0.0F ? splat(1.0F) : z) / (1.0F + z);
}

inline Floats sqrt_softplus(Floats logit) {
  const Floats z = exponential(logit < 0.0F ? logit : -logit);
  return square_root((logit > 0.0F ? logit : Floats{}) + log_one_plus(z));
}

// Softmax of one token: exp(logit - largest) / sum over all its experts.
struct SoftmaxOf {
  Floats largest = {};
  Floats sum = {};
};

// Of the same token in every lane, or of a token a lane; `softmax` counts for Score::softmax only.
inline Floats score_of(Score score, Floats logit, const SoftmaxOf& softmax) {
  if (score == Score::sigmoid) return sigmoid(logit);
  if (score == Score::sqrt_softplus) return sqrt_softplus(logit);
  return exponential(logit - softmax.largest) / softmax.sum;
}

constexpr int summing = 16;  // partial sums on every machine: the widest vector's lanes

}  // namespace
}  // namespace moemark::kernels::MOEMARK_ISA
