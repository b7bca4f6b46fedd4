// The router's arithmetic as its formulas read.
#include "kernels/reference/router.hpp"

#include <algorithm>
#include <cmath>

namespace moemark::kernels::reference {
namespace {

std::vector<double> scores(Score score, std::span<const float> logits) {
  std::vector<double> all(logits.begin(), logits.end());
  if (score == Score::softmax) {
    const double largest = *std::ranges::max_element(all);
    double sum = 0.0;
    for (double& value : all) sum += value = std::exp(value - largest);
    for (double& value : all) value /= sum;
  } else if (score == Score::sigmoid) {
    for (double& value : all) value = 1.0 / (1.0 + std::exp(-value));
  } else {
    for (double& value : all) {
      value = std::sqrt(std::max(value, 0.0) + std::log1p(std::exp(-std::abs(value))));
    }
  }
  return all;
}

}  // namespace

std::vector<double> gate_logits(std::span<const float> x, std::span<const float> gate_weight,
                                std::span<const float> gate_bias, std::size_t hidden) {
  const std::size_t tokens = x.size() / hidden;
  const std::size_t experts = gate_weight.size() / hidden;
  std::vector<double> logits(tokens * experts);
  for (std::size_t t = 0; t < tokens; ++t) {
    for (std::size_t e = 0; e < experts; ++e) {
      double sum = gate_bias.empty() ? 0.0 : double{gate_bias[e]};
      for (std::size_t h = 0; h < hidden; ++h) {
        sum += double{x[t * hidden + h]} * double{gate_weight[e * hidden + h]};
      }
      logits[t * experts + e] = sum;
    }
  }
  return logits;
}

std::vector<double> topk_weights(std::span<const float> logits, int experts, const TopkRule& rule,
                                 std::span<const std::int32_t> ids) {
  const auto width = static_cast<std::size_t>(experts);
  const auto topk = static_cast<std::size_t>(rule.topk);
  std::vector<double> weights;
  for (std::size_t token = 0; token * width < logits.size(); ++token) {
    const std::vector<double> all = scores(rule.router.score, logits.subspan(token * width, width));
    double chosen = 0.0;
    for (const std::int32_t id : ids.subspan(token * topk, topk)) {
      weights.push_back(all[static_cast<std::size_t>(id)]);
      chosen += weights.back();
    }
    for (double& weight : std::span(weights).last(topk)) {
      if (rule.router.norm_topk_prob) weight /= chosen + 1e-20;
      weight *= double{rule.router.scale};
    }
  }
  return weights;
}

}  // namespace moemark::kernels::reference
