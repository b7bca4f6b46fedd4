// Topics: known answers, how long they last, and how far sources and topics differ.
#include "routing/topics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include "routing/expert_draw.hpp"

namespace moemark {
namespace {

using Ids = std::vector<std::int32_t>;

// Computed apart, in Python, from the definitions of topics.hpp.
TEST(Topics, KnownAnswers) {
  const RoutingPlan plan{parse_skew("topic:3/.25/.5"), 8, 2, 12, /*seed=*/5, /*step=*/1};
  EXPECT_EQ(topics_of_tokens(plan.skew, 5, 1, 2, 12),
            (std::vector{2, 1, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1}));
  const auto shares = topic_shares(plan.skew, 8, 5);
  ASSERT_EQ(shares.size(), 3U);
  EXPECT_EQ(inclusion_targets(shares[0], 2),
            (std::vector<std::uint32_t>{39854, 17962, 18454, 17696, 7142, 13858, 5680, 10426}));
  EXPECT_EQ(inclusion_targets(shares[2], 2),
            (std::vector<std::uint32_t>{27170, 7627, 6384, 14178, 14616, 28343, 21934, 10820}));
  EXPECT_EQ(planned_table(plan, {}, 2).topk_ids,
            (Ids{6, 0, 4, 5, 3, 5, 3, 4, 3, 2, 4, 3, 3, 1, 5, 0, 2, 4, 2, 1, 5, 4, 5, 4}));
}

TEST(Topics, AlwaysKeptOnesChangeBetweenSequencesOnly) {
  const auto topics = topics_of_tokens(parse_skew("topic:3/.25/1"), 5, 1, 2, 1280);
  std::set<int> seen;
  for (std::size_t t = 0; t < topics.size(); ++t) {
    if (t % topic_sequence_tokens != 0) {
      ASSERT_EQ(topics[t], topics[t - 1]) << t;
    }
    seen.insert(topics[t]);
  }
  EXPECT_EQ(seen.size(), 3U);
}

TEST(Topics, LastAsLongAsTheyAreToAndComeAsOftenAsTheMixSays) {
  const Skew skew = parse_skew("topic:8/.5/.9");
  constexpr int tokens = 400'000;
  const auto topics = topics_of_tokens(skew, 1, 0, 3, tokens);
  const auto mix = topic_mix(skew, 1, 3);
  double kept = 0.0;
  double pairs = 0.0;
  for (std::size_t t = 1; t < topics.size(); ++t) {
    if (t % topic_sequence_tokens == 0) continue;
    pairs += 1.0;
    if (topics[t] == topics[t - 1]) kept += 1.0;
  }
  const double by_chance = std::inner_product(mix.begin(), mix.end(), mix.begin(), 0.0);
  EXPECT_NEAR(kept / pairs, 0.9 + 0.1 * by_chance, 0.002);  // deviation 0.0004
  for (int topic = 0; topic < 8; ++topic) {
    // Neighbours that agree make a share's deviation up to sqrt(19) times that of single draws:
    // 0.0033 at most.
    const auto share = static_cast<double>(std::ranges::count(topics, topic)) / tokens;
    EXPECT_NEAR(share, mix[static_cast<std::size_t>(topic)], 0.0132) << topic;
  }
}

TEST(Topics, AMixIsZipfInAnOrderOfTheSourcesOwn) {
  const Skew skew = parse_skew("topic:8/.5/.9");
  auto one = topic_mix(skew, 1, 0);
  auto other = topic_mix(skew, 1, 1);
  EXPECT_NE(one, other);
  std::ranges::sort(one, std::greater{});
  std::ranges::sort(other, std::greater{});
  EXPECT_EQ(one, other);
  EXPECT_NEAR(one[0] / one[3], 4.0, 1e-5);
  EXPECT_NEAR(std::accumulate(one.begin(), one.end(), 0.0), 1.0, 1e-12);
}

TEST(Topics, OfOneLoadAreTheLogNormalItself) {
  const auto lognormal = load_shares(parse_skew("lognormal:0.75"), 64, 9, {});
  for (const auto& shares : topic_shares(parse_skew("topic:4/1/.9"), 64, 9)) {
    for (std::size_t e = 0; e < 64; ++e) EXPECT_NEAR(shares[e], lognormal[e], 1e-12);
  }
  RoutingPlan plan{parse_skew("topic:4/1/.9"), 64, 8, 100, 9, 0};
  const auto ids = planned_table(plan, {}, 2).topk_ids;
  plan.skew = parse_skew("lognormal:0.75");
  EXPECT_EQ(ids, planned_table(plan, lognormal, 2).topk_ids);
}

// Correlation of the logarithms of two topics' loads, on average over pairs.
double likeness(const char* text) {
  const auto shares = topic_shares(parse_skew(text), 256, 3);
  double sum = 0.0;
  double pairs = 0.0;
  for (std::size_t a = 0; a < shares.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      std::vector<double> x;
      std::vector<double> y;
      for (std::size_t e = 0; e < 256; ++e) {
        x.push_back(std::log(shares[a][e]));
        y.push_back(std::log(shares[b][e]));
      }
      const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / 256;
      const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / 256;
      double xy = 0.0;
      double xx = 0.0;
      double yy = 0.0;
      for (std::size_t e = 0; e < 256; ++e) {
        xy += (x[e] - mean_x) * (y[e] - mean_y);
        xx += (x[e] - mean_x) * (x[e] - mean_x);
        yy += (y[e] - mean_y) * (y[e] - mean_y);
      }
      sum += xy / std::sqrt(xx * yy);
      pairs += 1.0;
    }
  }
  return sum / pairs;
}

TEST(Topics, AreAsAlikeAsRhoSays) {
  EXPECT_NEAR(likeness("topic:8/0/0"), 0.0, 0.05);
  EXPECT_NEAR(likeness("topic:8/.5/0"), 0.5, 0.05);
  EXPECT_NEAR(likeness("topic:8/1/0"), 1.0, 1e-9);
}

}  // namespace
}  // namespace moemark
