// Experts that choose: small columns by hand, larger ones against the definition in float64.
#include "kernels/expert_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <span>
#include <string>
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

double score(Score kind, std::span<const float> row, std::size_t expert) {
  const double logit = row[expert];
  if (kind == Score::sigmoid) return 1.0 / (1.0 + std::exp(-logit));
  if (kind == Score::sqrt_softplus) return std::sqrt(std::log1p(std::exp(logit)));
  double sum = 0.0;
  for (const float other : row) sum += std::exp(double{other});
  return std::exp(logit) / sum;
}

// How many tokens come before this one in the column of the expert.
std::size_t place_of(const std::vector<double>& scores, std::size_t experts, std::size_t token,
                     std::size_t expert) {
  const double own = scores[token * experts + expert];
  std::size_t before = 0;
  for (std::size_t t = 0; t * experts < scores.size(); ++t) {
    const double other = scores[t * experts + expert];
    if (other > own || (other == own && t < token)) ++before;
  }
  return before;
}

class ChooseTokensScores : public testing::TestWithParam<Score> {};

TEST_P(ChooseTokensScores, IsTheDefinition) {
  constexpr std::size_t tokens = 57;
  constexpr std::size_t experts = 12;
  constexpr std::size_t taken = 9;
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0.0F, 2.0F);
  Floats logits(tokens * experts);
  for (float& logit : logits) logit = normal(random);
  std::vector<double> scores(logits.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto row = std::span(logits).subspan(i / experts * experts, experts);
    scores[i] = score(GetParam(), row, i % experts);
  }

  const ExpertChoiceRule rule{router(GetParam(), 2.5F), static_cast<int>(taken), experts};
  const Chosen chosen = choose(logits, experts, rule);
  for (std::size_t token = 0; token < tokens; ++token) {
    std::size_t cell = token * experts;
    for (std::size_t expert = 0; expert < experts; ++expert) {
      if (place_of(scores, experts, token, expert) >= taken) continue;
      ASSERT_EQ(chosen.ids[cell], static_cast<std::int32_t>(expert)) << token;
      ASSERT_NEAR(chosen.weights[cell], 2.5 * scores[token * experts + expert], 1e-6);
      ++cell;
    }
    for (; cell < (token + 1) * experts; ++cell) {
      ASSERT_EQ(chosen.ids[cell], -1) << token;
      ASSERT_EQ(chosen.weights[cell], 0.0F);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ChooseTokensScores,
                         testing::Values(Score::softmax, Score::sigmoid, Score::sqrt_softplus));

}  // namespace
}  // namespace moemark::kernels
