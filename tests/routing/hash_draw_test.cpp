// Hash routing: known answers, one answer a word, and the load that frequent words make.
#include "routing/hash_draw.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <map>

#include "routing/load_shares.hpp"

namespace moemark {
namespace {

using Ids = std::vector<std::int32_t>;

// Computed apart, in Python, from the definition in hash_draw.hpp.
TEST(HashDraw, KnownAnswers) {
  const RoutingPlan plan{parse_skew("hash"), 8, 2, 12, /*seed=*/5, /*step=*/1};
  EXPECT_EQ(words_of_tokens(5, 1, 2, 12),
            (std::vector{1, 27420, 5541, 161, 2462, 25428, 10, 5, 1, 9473, 346, 4899}));
  EXPECT_EQ(planned_table(plan, {}, 2).topk_ids,
            (Ids{5, 6, 5, 6, 4, 6, 1, 2, 6, 3, 3, 2, 7, 2, 2, 1, 5, 6, 4, 6, 3, 1, 5, 0}));
}

TEST(HashDraw, AWordHasTheSameExpertsAtEveryStepAndRank) {
  RoutingPlan plan{parse_skew("hash"), 32, 4, 2000, /*seed=*/9, /*step=*/0};
  std::map<int, Ids> experts_of_word;
  for (const std::uint32_t step : {0U, 1U, 7U}) {
    plan.step = step;
    for (const std::uint32_t rank : {0U, 3U}) {
      const auto words = words_of_tokens(plan.seed, step, rank, plan.tokens);
      const RoutingTable table = planned_table(plan, {}, rank);
      for (int token = 0; token < plan.tokens; ++token) {
        const auto ids = table.ids(token);
        const Ids experts(ids.begin(), ids.end());
        const auto known =
            experts_of_word.try_emplace(words[static_cast<std::size_t>(token)], experts).first;
        ASSERT_EQ(known->second, experts);
      }
    }
  }
}

TEST(HashDraw, WordsFollowZipfsLaw) {
  constexpr int tokens = 200'000;
  std::map<int, int> seen;
  for (const int word : words_of_tokens(1, 0, 0, tokens)) ++seen[word];
  double sum = 0.0;
  for (int word = 0; word < hash_vocabulary; ++word) sum += 1.0 / (word + 1);
  for (const int word : {0, 1, 2, 9, 99}) {
    const double expected = tokens / ((word + 1) * sum);
    EXPECT_NEAR(seen[word], expected, 4.0 * std::sqrt(expected)) << word;
  }
  EXPECT_LT(seen.rbegin()->first, hash_vocabulary);
}

TEST(HashDraw, SharesAreThoseOfManyTokens) {
  const RoutingPlan plan{parse_skew("hash"), 16, 2, 200'000, /*seed=*/4, /*step=*/0};
  std::vector<double> seen(16, 0.0);
  for (const std::int32_t id : planned_table(plan, {}, 1).topk_ids) {
    seen[static_cast<std::size_t>(id)] += 1.0;
  }
  const auto shares = hash_shares(16, 2, 4);
  for (std::size_t expert = 0; expert < shares.size(); ++expert) {
    const double expected = shares[expert] * 400'000;
    EXPECT_NEAR(seen[expert], expected, 4.0 * std::sqrt(expected)) << expert;
  }
}

}  // namespace
}  // namespace moemark
