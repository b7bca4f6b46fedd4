// Experts that choose: small columns by hand, larger ones against the definition in float64.
#include "kernels/expert_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "model/errors.hpp"

namespace moemark::kernels {
namespace {

using Ints = std::vector<std::int32_t>;
using Floats = std::vector<float>;

struct Chosen {
  Ints ids;
  Floats weights;
};

Chosen choose(const Floats& logits, int experts, const ExpertChoiceRule& rule) {
  const std::size_t tokens = logits.size() / static_cast<std::size_t>(experts);
  const std::size_t cells = tokens * static_cast<std::size_t>(rule.width);
  Chosen chosen{Ints(cells, 99), Floats(cells, 99.0F)};
  device::Stream stream;
  choose_tokens(stream, logits, experts, rule, chosen.ids, chosen.weights);
  return chosen;
}

RouterSpec router(Score score, float scale = 1.0F) {
  return {.score = score, .scale = scale};
}

TEST(ChooseTokens, OfEqualScoresTheEarlier) {
  const Floats logits = {0.0F, 1.0F,  //
                         0.0F, 1.0F,  //
                         0.0F, 1.0F};
  const Chosen chosen = choose(logits, 2, {router(Score::sigmoid), 2, 2});
  EXPECT_EQ(chosen.ids, (Ints{0, 1, 0, 1, -1, -1}));
  EXPECT_EQ(chosen.weights[0], 0.5F);
  EXPECT_EQ(chosen.weights[5], 0.0F);
}

// Token 0 has the larger logits, token 1 the larger share of its own sum for expert 0.
TEST(ChooseTokens, ComparesSharesOfASoftmaxAndLogitsOfASigmoid) {
  const Floats logits = {3.0F, 3.0F,  //
                         2.0F, 0.0F};
  EXPECT_EQ(choose(logits, 2, {router(Score::softmax), 1, 1}).ids, (Ints{1, 0}));
  EXPECT_EQ(choose(logits, 2, {router(Score::sigmoid), 1, 2}).ids, (Ints{0, 1, -1, -1}));
}

// Both sigmoids are 1 in float32.
TEST(ChooseTokens, SeesLogitsApartWhoseScoresSaturate) {
  EXPECT_EQ(choose({100.0F, 101.0F}, 1, {router(Score::sigmoid), 1, 1}).ids, (Ints{-1, 0}));
}

TEST(ChooseTokens, TakesNothingOrEverything) {
  const Floats logits = {1.0F, 2.0F, 3.0F, 4.0F};
  EXPECT_EQ(choose(logits, 2, {router(Score::softmax), 0, 1}).ids, (Ints{-1, -1}));
  EXPECT_EQ(choose(logits, 2, {router(Score::softmax), 2, 3}).ids, (Ints{0, 1, -1, 0, 1, -1}));
  EXPECT_TRUE(choose({}, 2, {router(Score::softmax), 0, 1}).ids.empty());
}

TEST(ChooseTokens, NamesWhatItCannotUse) {
  const auto message_of = [](const Floats& logits, int width) {
    try {
      choose(logits, 2, {router(Score::softmax), 1, width});
    } catch (const WrongResult& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  EXPECT_THAT(message_of({0.0F, 0.0F, 0.0F, std::numeric_limits<float>::quiet_NaN()}, 2),
              testing::HasSubstr("token 1, expert 1 is nan"));
  EXPECT_THAT(message_of({std::numeric_limits<float>::infinity(), 0.0F}, 2),
              testing::HasSubstr("token 0, expert 0 is inf"));
  EXPECT_EQ(message_of({1.0F, 1.0F, 0.0F, 0.0F}, 1),
            "2 experts take token 0, and its list holds 1");
}

double score(Score kind, const float* row, int experts, int expert) {
  const double logit = row[expert];
  if (kind == Score::sigmoid) return 1.0 / (1.0 + std::exp(-logit));
  if (kind == Score::sqrt_softplus) return std::sqrt(std::log1p(std::exp(logit)));
  double sum = 0.0;
  for (int e = 0; e < experts; ++e) sum += std::exp(double{row[e]});
  return std::exp(logit) / sum;
}

// How many tokens come before this one in the column of the expert.
int place_of(const std::vector<double>& scores, int experts, int token, int expert) {
  const auto at = [&](int t) { return scores[static_cast<std::size_t>(t * experts + expert)]; };
  int before = 0;
  for (int t = 0; t * experts < static_cast<int>(scores.size()); ++t) {
    if (at(t) > at(token) || (at(t) == at(token) && t < token)) ++before;
  }
  return before;
}

class ChooseTokensScores : public testing::TestWithParam<Score> {};

TEST_P(ChooseTokensScores, IsTheDefinition) {
  constexpr int tokens = 57;
  constexpr int experts = 12;
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0.0F, 2.0F);
  Floats logits(tokens * experts);
  for (float& logit : logits) logit = normal(random);
  std::vector<double> scores;
  for (int i = 0; i < tokens * experts; ++i) {
    scores.push_back(
        score(GetParam(), logits.data() + i / experts * experts, experts, i % experts));
  }

  const ExpertChoiceRule rule{router(GetParam(), 2.5F), /*taken=*/9, /*width=*/experts};
  const Chosen chosen = choose(logits, experts, rule);
  for (int token = 0; token < tokens; ++token) {
    Ints expected;
    for (int expert = 0; expert < experts; ++expert) {
      if (place_of(scores, experts, token, expert) < rule.taken) expected.push_back(expert);
    }
    for (std::size_t j = 0; j < experts; ++j) {
      const std::size_t cell = static_cast<std::size_t>(token * experts) + j;
      ASSERT_EQ(chosen.ids[cell], j < expected.size() ? expected[j] : -1) << token << ' ' << j;
      const double weight =
          j < expected.size()
              ? 2.5 * scores[static_cast<std::size_t>(token * experts + expected[j])]
              : 0.0;
      ASSERT_NEAR(chosen.weights[cell], weight, 1e-6);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ChooseTokensScores,
                         testing::Values(Score::softmax, Score::sigmoid, Score::sqrt_softplus));

}  // namespace
}  // namespace moemark::kernels
