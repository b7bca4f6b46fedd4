// Every skew gives each expert the load that it says.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "model/model_preset.hpp"
#include "routing/expert_draw.hpp"
#include "routing/topics.hpp"

namespace moemark {
namespace {

constexpr int experts = 64;
constexpr int topk = 8;
constexpr int tokens = 40'000;
constexpr std::uint64_t seed = 5;

using Loads = std::vector<double>;

RoutingPlan plan_of(const std::string& skew) {
  RoutingPlan plan{parse_skew(skew), experts, topk, tokens, seed, 0};
  plan.homes.ranks = 4;
  for (int e = 0; e < experts; ++e) plan.homes.rank_of.push_back(e / (experts / 4));
  return plan;
}

std::vector<double> shares_of(const RoutingPlan& plan) {
  return load_shares(plan.skew, experts, seed, data_folder() / "expert-counts.csv", plan.homes);
}

Loads drawn(const RoutingPlan& plan, std::uint32_t rank) {
  Loads loads(experts, 0.0);
  for (const auto id : planned_table(plan, shares_of(plan), rank).topk_ids) {
    if (id >= 0) loads[static_cast<std::size_t>(id)] += 1.0;
  }
  return loads;
}

// How often a token of a rank takes each expert, as its shares have it.
Loads probabilities(const std::vector<double>& shares) {
  Loads result;
  for (const auto target : inclusion_targets(shares, topk)) result.push_back(target / 65536.0);
  return result;
}

// Deviations squared over the variance that single draws have. An expert that every token takes,
// or none, has none: it must be exact.
double chi_square(const Loads& loads, const Loads& probability) {
  double sum = 0.0;
  for (std::size_t e = 0; e < loads.size(); ++e) {
    const double expected = tokens * probability[e];
    const double variance = expected * (1.0 - probability[e]);
    if (variance == 0.0) {
      EXPECT_EQ(loads[e], expected) << e;
    } else {
      sum += (loads[e] - expected) * (loads[e] - expected) / variance;
    }
  }
  return sum;
}

// Mean 64, deviation about 11. A wrong order of experts, say, gives thousands.
constexpr double limit = 64.0 + 5 * 11.3;

class EverySkew : public testing::TestWithParam<const char*> {};

TEST_P(EverySkew, LoadsAreTheSharesOnEveryRank) {
  const RoutingPlan plan = plan_of(GetParam());
  for (const std::uint32_t rank : {0U, 3U}) {
    EXPECT_LT(chi_square(drawn(plan, rank), probabilities(shares_of(plan))), limit) << rank;
  }
}

INSTANTIATE_TEST_SUITE_P(DrawnFromShares, EverySkew,
                         testing::Values("uniform", "lognormal:0", "lognormal:0.15",
                                         "lognormal:chat", "lognormal:1.5", "lognormal:10",
                                         "zipf:0.5", "zipf:1", "zipf:3", "hot:4/0.25", "hot:1/1",
                                         "hot:8/1", "hotrank:0.25", "hotrank:3",
                                         "empirical:olmoe/c4/7", "empirical:olmoe/github/7"));

TEST(SkewDistribution, BalancedIsExact) {
  EXPECT_EQ(drawn(plan_of("balanced"), 1), Loads(experts, tokens * topk / double{experts}));
}

TEST(SkewDistribution, LocalTokensTakeTheirRanksExpertsAlike) {
  const RoutingPlan plan = plan_of("local");
  for (const int rank : {0, 2}) {
    const auto own = local_shares(plan.homes, experts, topk, rank);
    EXPECT_LT(chi_square(drawn(plan, static_cast<std::uint32_t>(rank)), probabilities(own)), limit);
  }
}

TEST(SkewDistribution, MaskedTokensAreMissingEverywhereAlike) {
  Loads expected = probabilities(std::vector<double>(experts, 1.0 / experts));
  for (double& p : expected) p *= 0.7;
  EXPECT_LT(chi_square(drawn(plan_of("masked:0.3"), 1), expected), limit);
}

Loads of_mix(const RoutingPlan& plan, std::uint32_t rank) {
  Loads expected(experts, 0.0);
  const auto shares = topic_shares(plan.skew, experts, seed);
  const auto mix = topic_mix(plan.skew, seed, rank);
  for (std::size_t topic = 0; topic < mix.size(); ++topic) {
    const auto of_topic = probabilities(shares[topic]);
    for (std::size_t e = 0; e < experts; ++e) expected[e] += mix[topic] * of_topic[e];
  }
  return expected;
}

TEST(SkewDistribution, TopicsGiveTheLoadOfTheRanksMix) {
  const RoutingPlan plan = plan_of("topic:8/.5/0");
  for (const std::uint32_t rank : {0U, 3U}) {
    EXPECT_LT(chi_square(drawn(plan, rank), of_mix(plan, rank)), limit) << rank;
  }
  // Another rank's mix is another load: the traffic matrix is no product of a row and a column.
  EXPECT_GT(chi_square(drawn(plan, 0), of_mix(plan, 3)), 10 * limit);
}

TEST(SkewDistribution, StickyTopicsDeviateMoreButFromTheSameLoad) {
  const RoutingPlan plan = plan_of("topic:8/.5/.9");
  // Neighbours that agree multiply the part of the variance that topics make, some percent of it,
  // by up to (1 + 0.9) / (1 - 0.9) = 19.
  EXPECT_LT(chi_square(drawn(plan, 0), of_mix(plan, 0)), 5 * limit);
  EXPECT_GT(chi_square(drawn(plan, 0), of_mix(plan, 3)), 50 * limit);
}

TEST(SkewDistribution, OnAverageOverSourcesTopicsGiveTheShares) {
  const RoutingPlan plan = plan_of("topic:4/.5/0");
  const auto all = shares_of(plan);
  Loads mean(experts, 0.0);
  constexpr int sources = 2000;
  for (std::uint32_t rank = 0; rank < sources; ++rank) {
    const auto mix = topic_mix(plan.skew, seed, rank);
    const auto shares = topic_shares(plan.skew, experts, seed);
    for (std::size_t topic = 0; topic < mix.size(); ++topic) {
      for (std::size_t e = 0; e < experts; ++e) mean[e] += mix[topic] * shares[topic][e] / sources;
    }
  }
  for (std::size_t e = 0; e < experts; ++e) EXPECT_NEAR(mean[e] / all[e], 1.0, 0.02) << e;
}

}  // namespace
}  // namespace moemark
