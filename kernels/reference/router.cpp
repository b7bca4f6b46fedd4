// The router as its definition reads: sort all experts of a token, then weigh the first k.
#include "kernels/reference/router.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace moemark::kernels::reference {

std::vector<double> gate_logits(std::span<const float> x, std::span<const float> gate_weight,
                                std::size_t hidden) {
  const std::size_t tokens = x.size() / hidden;
  const std::size_t experts = gate_weight.size() / hidden;
  std::vector<double> logits(tokens * experts);
  for (std::size_t t = 0; t < tokens; ++t) {
    for (std::size_t e = 0; e < experts; ++e) {
      double sum = 0.0;
      for (std::size_t h = 0; h < hidden; ++h) {
        sum += double{x[t * hidden + h]} * double{gate_weight[e * hidden + h]};
      }
      logits[t * experts + e] = sum;
    }
  }
  return logits;
}

Topk softmax_topk(std::span<const float> logits, int experts, TopkRule rule) {
  const auto width = static_cast<std::size_t>(experts);
  const auto topk = static_cast<std::size_t>(rule.topk);
  Topk result;
  std::vector<std::int32_t> order(width);
  for (std::size_t first = 0; first < logits.size(); first += width) {
    const auto row = logits.subspan(first, width);
    const auto logit = [&](std::int32_t e) { return row[static_cast<std::size_t>(e)]; };
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, [&](std::int32_t a, std::int32_t b) {
      return logit(a) > logit(b) || (logit(a) == logit(b) && a < b);
    });

    const double largest = logit(order[0]);
    double all = 0.0;
    for (const float value : row) all += std::exp(double{value} - largest);
    double chosen = 0.0;
    for (std::size_t j = 0; j < topk; ++j) {
      chosen += std::exp(double{logit(order[j])} - largest) / all;
    }
    for (std::size_t j = 0; j < topk; ++j) {
      const double probability = std::exp(double{logit(order[j])} - largest) / all;
      const double weight = rule.norm_topk_prob ? probability / (chosen + 1e-20) : probability;
      result.ids.push_back(order[j]);
      result.weights.push_back(weight * double{rule.scale});
    }
  }
  return result;
}

}  // namespace moemark::kernels::reference
