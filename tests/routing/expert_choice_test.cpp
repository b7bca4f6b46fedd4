// Expert choice: known answers, equal loads, the best tokens, and one width for all ranks.
#include "routing/expert_choice.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "routing/load_shares.hpp"
#include "routing/philox.hpp"

namespace moemark {
namespace {

using Ids = std::vector<std::int32_t>;

RoutingPlan plan_of(int experts, int topk, int tokens) {
  return {parse_skew("expert_choice"), experts, topk, tokens, /*seed=*/3, /*step=*/0};
}

std::vector<int> loads_of(const RoutingTable& table, int experts) {
  std::vector<int> loads(static_cast<std::size_t>(experts), 0);
  for (const std::int32_t id : table.topk_ids) {
    if (id >= 0) ++loads[static_cast<std::size_t>(id)];
  }
  return loads;
}

// Computed apart, in Python, from the definition in expert_choice.hpp.
TEST(ExpertChoice, KnownAnswers) {
  RoutingPlan plan = plan_of(6, 2, 7);
  plan.seed = 5;
  plan.step = 1;
  const RoutingTable table = expert_choice_table(plan, 2);
  EXPECT_EQ(table.topk, 5);
  EXPECT_EQ(table.topk_ids,
            (Ids{2, -1, -1, -1, -1, 4,  5,  -1, -1, -1, -1, -1, -1, -1, -1, 0,  1, 2,
                 3, 5,  -1, -1, -1, -1, -1, 3,  4,  -1, -1, -1, 0,  1,  -1, -1, -1}));
}

TEST(ExpertChoice, EveryExpertTakesItsShareAndTheBestOfTheTokens) {
  for (const auto& [experts, topk, tokens] :
       {std::array{8, 2, 64}, {20, 5, 9}, {33, 3, 100}, {4, 4, 10}, {64, 1, 63}, {8, 2, 0}}) {
    const RoutingPlan plan = plan_of(experts, topk, tokens);
    const RoutingTable table = planned_table(plan, {}, 1);
    const int share = tokens * topk / experts;
    EXPECT_EQ(loads_of(table, experts), std::vector<int>(static_cast<std::size_t>(experts), share));
    for (std::int32_t expert = 0; expert < experts; ++expert) {
      std::uint32_t least_taken = ~0U;
      std::uint32_t most_left = 0;
      for (int token = 0; token < tokens; ++token) {
        RandomWords words(3, RandomStream::expert_draw, 0, 1, static_cast<std::uint32_t>(token));
        const std::uint32_t score = words.word(static_cast<std::uint32_t>(expert));
        if (std::ranges::count(table.ids(token), expert) > 0) {
          least_taken = std::min(least_taken, score);
        } else {
          most_left = std::max(most_left, score);
        }
      }
      EXPECT_GE(least_taken, most_left);
    }
  }
}

TEST(ExpertChoice, RanksShareOneWidthAndWeightsFillIt) {
  RoutingPlan plan = plan_of(16, 2, 40);
  plan.tokens_spread = 0.5;
  plan.width = expert_choice_width(plan, 5);
  EXPECT_GT(plan.width, plan.topk);
  int widest = 0;
  for (const std::uint32_t rank : {0U, 1U, 2U, 3U, 4U}) {
    const RoutingTable table = planned_table(plan, {}, rank);
    EXPECT_EQ(table.topk, plan.width);
    EXPECT_EQ(table.topk_weights.size(), table.topk_ids.size());
    for (int token = 0; token < table.tokens; ++token) {
      const auto ids = table.ids(token);
      const auto count = std::ranges::count_if(ids, [](auto id) { return id >= 0; });
      widest = std::max(widest, static_cast<int>(count));
      EXPECT_TRUE(std::ranges::is_sorted(ids.first(static_cast<std::size_t>(count))));
    }
  }
  EXPECT_EQ(widest, plan.width);  // no wider than needed
}

}  // namespace
}  // namespace moemark
