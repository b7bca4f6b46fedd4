// Scores against the same formulas in float64.
#include "routing/router_scores.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <vector>

namespace moemark {
namespace {

double ulps(float got, double truth) {
  const auto nearest = static_cast<float>(truth);
  const float next = std::nextafter(std::abs(nearest), std::numeric_limits<float>::infinity());
  return std::abs(double{got} - truth) / (double{next} - double{std::abs(nearest)});
}

void expect_within(double allowed, float from, float to, const std::function<float(float)>& ours,
                   const std::function<double(double)>& truth) {
  double worst = 0.0;
  float at = from;
  std::mt19937 random(11);
  std::uniform_real_distribution<float> uniform(from, to);
  for (int i = 0; i < 200'000; ++i) {
    const float x = uniform(random);
    const double error = ulps(ours(x), truth(double{x}));
    if (error > worst) {
      worst = error;
      at = x;
    }
  }
  EXPECT_LE(worst, allowed) << "at " << at;
}

float score_of(Score score, float logit) {
  float out = 0.0F;
  router_scores(score, std::span(&logit, 1), std::span(&out, 1));
  return out;
}

TEST(RouterScores, ExponentialIsWithinTwoUlp) {
  const auto truth = [](double x) { return std::exp(x); };
  expect_within(2.0, -87.0F, 88.0F, exponential, truth);
  expect_within(2.0, -1.0F, 1.0F, exponential, truth);
  EXPECT_EQ(exponential(0.0F), 1.0F);
  EXPECT_EQ(exponential(-104.0F), 0.0F);
  EXPECT_EQ(exponential(-1e30F), 0.0F);
  EXPECT_EQ(exponential(89.0F), std::numeric_limits<float>::infinity());
}

TEST(RouterScores, LogOnePlusIsWithinThreeUlp) {
  const auto truth = [](double z) { return std::log1p(z); };
  expect_within(3.0, 0.0F, 1.0F, log_one_plus, truth);
  expect_within(3.0, 0.0F, 1e-6F, log_one_plus, truth);
  EXPECT_EQ(log_one_plus(0.0F), 0.0F);
}

TEST(RouterScores, SigmoidAndSqrtSoftplusAreTheirFormulas) {
  const auto sigmoid = [](float x) { return score_of(Score::sigmoid, x); };
  const auto softplus = [](float x) { return score_of(Score::sqrt_softplus, x); };
  for (const float reach : {2.0F, 30.0F, 80.0F}) {
    expect_within(4.0, -reach, reach, sigmoid, [](double x) { return 1.0 / (1.0 + std::exp(-x)); });
    expect_within(4.0, -reach, reach, softplus,
                  [](double x) { return std::sqrt(std::log1p(std::exp(x))); });
  }
  EXPECT_EQ(score_of(Score::sigmoid, 0.0F), 0.5F);
  EXPECT_EQ(score_of(Score::sigmoid, 3e38F), 1.0F);
  EXPECT_EQ(score_of(Score::sigmoid, -3e38F), 0.0F);
  EXPECT_EQ(score_of(Score::sqrt_softplus, -3e38F), 0.0F);
  EXPECT_EQ(score_of(Score::sqrt_softplus, 4096.0F), 64.0F);
}

TEST(RouterScores, SoftmaxIsExponentialsOverTheirSum) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0.0F, 3.0F);
  for (const std::size_t experts : {1U, 8U, 60U, 512U}) {
    std::vector<float> logits(experts);
    for (float& logit : logits) logit = normal(random);
    std::vector<float> scores(experts);
    router_scores(Score::softmax, logits, scores);
    double sum = 0.0;
    for (const float logit : logits) sum += std::exp(double{logit});
    for (std::size_t e = 0; e < experts; ++e) {
      const double truth = std::exp(double{logits[e]}) / sum;
      EXPECT_NEAR(scores[e], truth, 1e-6 * truth);
    }
  }
}

}  // namespace
}  // namespace moemark
