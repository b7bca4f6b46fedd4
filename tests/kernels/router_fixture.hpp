// What the router's tests share: the kernel's answer, held to the definition.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernel_test.hpp"
#include "kernels/reference/router.hpp"
#include "kernels/router.hpp"
#include "routing/router_choice.hpp"

namespace moemark::kernels::test {

// Softmax, renormalised.
inline TopkRule plain(int topk) {
  return {{}, topk};
}

class RouterTest : public KernelTest {
 protected:
  struct Chosen {
    std::vector<std::int32_t> ids;
    std::vector<float> weights;
  };

  Chosen choose(const std::vector<float>& logits, int experts, const TopkRule& rule,
                const std::vector<float>& bias = {}) {
    const std::size_t count =
        logits.size() / static_cast<std::size_t>(experts) * static_cast<std::size_t>(rule.topk);
    const device::Buffer device_logits = upload(logits);
    device::Buffer ids(count * 4);
    device::Buffer weights(count * 4);
    const device::Buffer device_bias = upload(bias);
    router_topk(stream_, device_logits.as<float>(), experts, rule, device_bias.as<float>(),
                ids.as<std::int32_t>(), weights.as<float>());
    return {device::download(stream_, ids.as<std::int32_t>()),
            device::download(stream_, weights.as<float>())};
  }

  // Ids as defined, weights as in float64.
  void expect_reference(const std::vector<float>& logits, int experts, const TopkRule& rule,
                        const std::vector<float>& bias = {}) {
    const Chosen chosen = choose(logits, experts, rule, bias);
    const auto width = static_cast<std::size_t>(experts);
    for (std::size_t t = 0; t * width < logits.size(); ++t) {
      const auto row = std::span(logits).subspan(t * width, width);
      const auto truth = choose_experts(rule.router, rule.topk, row, bias).ids;
      const auto first = chosen.ids.begin() + static_cast<std::ptrdiff_t>(t * truth.size());
      ASSERT_TRUE(std::ranges::equal(truth, std::span(first, truth.size())))
          << "token " << t << ", " << experts << " experts, k " << rule.topk;
    }
    const auto truth = reference::topk_weights(logits, experts, rule, chosen.ids);
    // Softmax rounds differences of logits to float32 before the exponential.
    const double span = rule.router.score == Score::softmax ? logit_span(logits, experts) : 0.0;
    const double rounding = 1e-6 + 0x1p-24 * span;
    // A subnormal score has fewer digits than that, and renormalising divides by 1e-20 or more.
    const double divisor = rule.router.norm_topk_prob && !keeps_largest(rule.router) ? 1e-20 : 1.0;
    const double least = 0x1p-148 / divisor * double{rule.router.scale};
    for (std::size_t i = 0; i < truth.size(); ++i) {
      const double error = std::abs(double{chosen.weights[i]} - truth[i]);
      const double allowed = std::max(rounding * truth[i], least);
      ASSERT_TRUE(error <= allowed) << chosen.weights[i] << " is not " << truth[i];
    }
  }

  // Whether the largest of all logits is chosen, and softmax counts from it.
  static bool keeps_largest(const RouterSpec& router) {
    return router.score == Score::softmax && router.selects_by_logit();
  }

  // Largest distance of two logits of a token: their difference is rounded to float32 before the
  // exponential, which turns its absolute error into a relative one.
  static double logit_span(const std::vector<float>& logits, int experts) {
    double span = 0.0;
    for (auto row = logits.begin(); row != logits.end(); row += experts) {
      const auto [least, most] = std::minmax_element(row, row + experts);
      span = std::max(span, double{*most} - double{*least});
    }
    return span;
  }

  std::vector<float> quantised(std::size_t count, float step) {
    auto values = normal_values(count);
    for (float& value : values) value = std::round(value / step) * step;
    return values;
  }
};

}  // namespace moemark::kernels::test
