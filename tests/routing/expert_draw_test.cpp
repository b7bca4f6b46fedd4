// Known answers of the draw, its exact expected load, and the planned tables.
#include "routing/expert_draw.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>
#include <utility>

#include "model/errors.hpp"
#include "routing/philox.hpp"

namespace moemark {
namespace {

using Ids = std::vector<std::int32_t>;
using Targets = std::vector<std::uint32_t>;

Ids drawn(ExpertDraw& draw, std::uint32_t rank, std::uint32_t token, int topk) {
  Ids ids(static_cast<std::size_t>(topk), -1);
  draw.draw(rank, token, ids);
  return ids;
}

RoutingPlan plan_of(const std::string& skew, int experts, int topk, int tokens) {
  return {parse_skew(skew), experts, topk, tokens, 3, 0};
}

RoutingPlan plan_of_uniform(RoutingPlan plan) {
  plan.skew = parse_skew("uniform");
  return plan;
}

RoutingTable table_of(const RoutingPlan& plan, std::uint32_t rank) {
  return planned_table(plan, load_shares(plan.skew, plan.experts, plan.seed, {}), rank);
}

TEST(ExpertDraw, KnownAnswers) {
  ExpertDraw uniform(Targets(8, 16384), 2, 1, 0);
  const std::vector<Ids> of_uniform{{4, 6}, {1, 5}, {4, 0}, {1, 5}};
  ExpertDraw skewed({65536, 32768, 16384, 8192, 4096, 2048, 1024, 1024}, 2, 7, 1);
  const std::vector<Ids> of_skewed{{0, 3}, {0, 1}, {3, 0}, {1, 0}};
  for (std::uint32_t token = 0; token < 4; ++token) {
    EXPECT_EQ(drawn(uniform, 0, token, 2), of_uniform[token]);
    EXPECT_EQ(drawn(skewed, 3, token, 2), of_skewed[token]);
  }
}

// The definition word for word: shuffle, cumulate, take the intervals that contain the points.
Ids plainly_drawn(const Targets& targets, std::uint32_t topk, RandomWords words) {
  const auto experts = static_cast<std::uint32_t>(targets.size());
  std::vector<std::uint32_t> order(experts);
  std::iota(order.begin(), order.end(), 0U);
  for (std::uint32_t i = 0; i + 1 < experts; ++i) {
    const std::uint32_t place = experts - 1 - i;
    std::swap(order[place], order[words.bounded(i, place + 1)]);
  }
  const std::uint64_t start = words.word(experts - 1) >> 16U;
  Ids ids;
  std::uint64_t begin = 0;
  for (const std::uint32_t expert : order) {
    for (std::uint64_t j = 0; j < topk; ++j) {
      const std::uint64_t point = start + (j << 16U);
      if (begin <= point && point < begin + targets[expert]) {
        ids.push_back(static_cast<std::int32_t>(expert));
      }
    }
    begin += targets[expert];
  }
  return ids;
}

TEST(ExpertDraw, FollowsTheDefinitionAndNeverRepeatsAnExpert) {
  for (const auto* skew : {"uniform", "lognormal:1.1", "zipf:1", "hot:1/1"}) {
    for (const auto& [experts, topk] : {std::pair{1, 1}, {8, 8}, {8, 1}, {60, 4}, {257, 22}}) {
      const auto targets = inclusion_targets(load_shares(parse_skew(skew), experts, 1, {}), topk);
      ExpertDraw draw(targets, topk, 11, 2);
      for (std::uint32_t token = 0; token < 200; ++token) {
        const Ids ids = drawn(draw, 6, token, topk);
        const RandomWords words(11, RandomStream::expert_draw, 2, 6, token);
        ASSERT_EQ(ids, plainly_drawn(targets, static_cast<std::uint32_t>(topk), words)) << skew;
        ASSERT_EQ(std::set(ids.begin(), ids.end()).size(), ids.size());
      }
    }
  }
}

TEST(ExpertDraw, ExpectedLoadIsTheTarget) {
  constexpr int experts = 64;
  constexpr int topk = 8;
  constexpr std::uint32_t tokens = 50000;
  const auto targets =
      inclusion_targets(load_shares(parse_skew("lognormal:0.75"), experts, 1, {}), topk);
  ExpertDraw draw(targets, topk, 5, 0);
  std::vector<double> load(experts, 0.0);
  for (std::uint32_t token = 0; token < tokens; ++token) {
    for (const auto id : drawn(draw, 0, token, topk)) load[static_cast<std::size_t>(id)] += 1.0;
  }
  double chi_square = 0.0;
  for (std::size_t e = 0; e < experts; ++e) {
    const double p = targets[e] / 65536.0;
    const double deviation = load[e] - tokens * p;
    if (p < 1.0) chi_square += deviation * deviation / (tokens * p * (1.0 - p));
  }
  // Mean 64, deviation about 11; a bias of 1 % of the load would add some 50.
  EXPECT_LT(chi_square, 64.0 + 4 * 11.3);
  EXPECT_GT(chi_square, 64.0 - 4 * 11.3);
}

TEST(ExpertDraw, UniqueRanksAreHypergeometric) {
  constexpr std::uint32_t tokens = 50000;
  ExpertDraw draw(Targets(256, 2048), 8, 1, 0);
  for (const auto& [ranks, expected] :
       {std::pair{8, 5.295}, {16, 6.523}, {32, 7.267}, {64, 7.676}}) {
    std::size_t reached = 0;
    for (std::uint32_t token = 0; token < tokens; ++token) {
      std::set<int> distinct;
      for (const auto id : drawn(draw, 0, token, 8)) distinct.insert(id * ranks / 256);
      reached += distinct.size();
    }
    EXPECT_NEAR(static_cast<double>(reached) / tokens, expected, 0.02) << ranks;
  }
}

TEST(ExpertDraw, TargetsThatDoNotSumAreRefused) {
  EXPECT_THROW(ExpertDraw(Targets(8, 16384), 3, 1, 0), std::invalid_argument);
  EXPECT_THROW(ExpertDraw({65537, 65535}, 2, 1, 0), std::invalid_argument);
}

TEST(PlannedTable, IsRepeatableAndDiffersByRankStepAndSeed) {
  auto plan = plan_of("lognormal:0.75", 64, 8, 32);
  const auto table = table_of(plan, 4);
  EXPECT_EQ(table.topk_ids, table_of(plan, 4).topk_ids);
  EXPECT_EQ(table.topk_weights, table_of(plan, 4).topk_weights);
  EXPECT_NE(table.topk_ids, table_of(plan, 5).topk_ids);
  plan.step = 1;
  EXPECT_NE(table.topk_ids, table_of(plan, 4).topk_ids);
  plan.step = 0;
  plan.seed = 4;
  EXPECT_NE(table.topk_ids, table_of(plan, 4).topk_ids);
}

TEST(PlannedTable, BalancedIsRoundRobin) {
  // s*T*k + t*k + j = 2*3*2 + ... from 12 on, modulo 5.
  EXPECT_EQ(table_of(plan_of("balanced", 5, 2, 3), 2).topk_ids, (Ids{2, 3, 4, 0, 1, 2}));
}

// The known answers of these two were computed apart, in Python, from the definitions.
TEST(PlannedTable, MaskedTokensHaveNoExpertAndTheOthersKeepTheirs) {
  RoutingPlan plan{parse_skew("masked:0.3"), 8, 2, 12, 1, 0};
  EXPECT_EQ(table_of(plan, 0).topk_ids, (Ids{4,  6,  1, 5, 4, 0, 1, 5, 1,  4,  7, 1,  //
                                             -1, -1, 2, 7, 0, 4, 2, 3, -1, -1, 7, 6}));
  plan.tokens = 40;
  const auto table = table_of(plan, 2);
  std::vector<int> masked;
  for (int token = 0; token < table.tokens; ++token) {
    if (table.ids(token)[0] < 0) masked.push_back(token);
  }
  EXPECT_EQ(masked, (std::vector{9, 14, 16, 17, 18, 19, 23, 27, 30, 34, 36, 39}));

  plan.skew = parse_skew("masked:0");
  EXPECT_EQ(table_of(plan, 2).topk_ids, table_of(plan_of_uniform(plan), 2).topk_ids);
  plan.skew = parse_skew("masked:1");
  EXPECT_EQ(table_of(plan, 2).topk_ids, Ids(80, -1));
}

TEST(PlannedTable, LocalTokensStayWithTheirRank) {
  RoutingPlan plan{parse_skew("local"), 16, 2, 4, 1, 0};
  plan.homes = {4, {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}};
  EXPECT_EQ(table_of(plan, 0).topk_ids, (Ids{2, 3, 0, 2, 2, 1, 0, 1}));
  EXPECT_EQ(table_of(plan, 5).topk_ids, (Ids{5, 7, 6, 7, 7, 5, 5, 7}));  // rank 1 of group 1
  plan.topk = 5;
  EXPECT_THROW(table_of(plan, 0), CaseSkipped);
}

TEST(PlannedTable, AHotRankReceivesItsMultipleOfTheMean) {
  RoutingPlan plan{parse_skew("hotrank:2.5"), 16, 2, 20000, 1, 0};
  plan.homes = {4, {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}};
  const auto all = load_shares(plan.skew, plan.experts, plan.seed, {}, plan.homes);
  const auto table = planned_table(plan, all, 3);
  const auto on_rank_0 = std::ranges::count_if(table.topk_ids, [](auto id) { return id < 4; });
  EXPECT_NEAR(static_cast<double>(on_rank_0) / (40000.0 / 4), 2.5, 0.03);
}

TEST(RaggedRanks, KnownAnswersAndTheWholeRange) {
  auto plan = plan_of("balanced", 5, 2, 100);
  plan.seed = 1;
  const auto counts = [&](int ranks) {
    std::vector<int> result;
    result.reserve(static_cast<std::size_t>(ranks));
    for (int rank = 0; rank < ranks; ++rank) {
      result.push_back(tokens_of(plan, static_cast<std::uint32_t>(rank)));
    }
    return result;
  };
  EXPECT_EQ(counts(6), std::vector<int>(6, 100));
  plan.tokens_spread = 0.25;
  EXPECT_EQ(counts(6), (std::vector{104, 85, 103, 87, 109, 85}));
  plan.step = 7;  // the counts stay
  EXPECT_EQ(counts(6), (std::vector{104, 85, 103, 87, 109, 85}));
  plan.tokens = 10;
  plan.tokens_spread = 1.0;
  EXPECT_EQ(counts(6), (std::vector{12, 4, 11, 4, 14, 4}));
  plan.tokens = 1;
  const auto many = counts(100);
  EXPECT_EQ(std::set(many.begin(), many.end()), (std::set{0, 1, 2}));
  plan.tokens = 0;
  EXPECT_EQ(counts(2), (std::vector{0, 0}));
}

TEST(RaggedRanks, TablesHaveTheRanksOwnTokens) {
  auto plan = plan_of("balanced", 5, 2, 10);
  plan.seed = 1;
  plan.tokens_spread = 1.0;
  const auto table = table_of(plan, 1);
  EXPECT_EQ(table.tokens, 4);
  // Round robin starts as if the ranks before had 10 tokens: 1 * 10 * 2 mod 5.
  EXPECT_EQ(table.topk_ids, (Ids{0, 1, 2, 3, 4, 0, 1, 2}));
  // A token keeps its experts and weights however many there are.
  plan = plan_of("lognormal:1", 8, 2, 10);
  const auto even = table_of(plan, 1);
  plan.tokens_spread = 0.5;
  const auto ragged = table_of(plan, 1);
  ASSERT_NE(ragged.tokens, even.tokens);
  const int shared = 2 * std::min(ragged.tokens, even.tokens);
  EXPECT_EQ(Ids(ragged.topk_ids.begin(), ragged.topk_ids.begin() + shared),
            Ids(even.topk_ids.begin(), even.topk_ids.begin() + shared));
}

TEST(PlannedTable, WeightsAreQuarters) {
  const auto table = table_of(plan_of("uniform", 64, 8, 500), 0);
  std::set<float> seen(table.topk_weights.begin(), table.topk_weights.end());
  EXPECT_EQ(seen, (std::set{0.25F, 0.5F, 0.75F, 1.0F}));
  const auto wide = table_of(plan_of("uniform", 512, 300, 2), 0);
  EXPECT_EQ(wide.topk_weights, std::vector<float>(600, 0.25F));
}

TEST(PlannedTable, AllChoicesAndNoTokens) {
  EXPECT_EQ(table_of(plan_of("uniform", 4, 4, 0), 0).size(), 0U);
  for (const auto* skew : {"balanced", "uniform", "zipf:1"}) {
    const auto table = table_of(plan_of(skew, 4, 4, 2), 0);
    EXPECT_EQ(std::set(table.ids(1).begin(), table.ids(1).end()), (std::set{0, 1, 2, 3}));
    EXPECT_THROW(table_of(plan_of(skew, 4, 5, 2), 0), CaseSkipped);
  }
}

}  // namespace
}  // namespace moemark
