// Inclusion targets: exact sums, the cap, water-filling, largest remainders.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "model/errors.hpp"
#include "routing/load_shares.hpp"

namespace moemark {
namespace {

using Targets = std::vector<std::uint32_t>;

TEST(InclusionTargets, SumExactlyAndNeverExceedTheCap) {
  for (const auto* text : {"uniform", "lognormal:0.75", "lognormal:10", "zipf:1", "zipf:10",
                           "hot:1/0.5", "hot:1/1", "hot:7/0.001"}) {
    for (const int experts : {7, 8, 60, 256, 2048}) {
      for (const int topk : {1, 2, 6, 7}) {
        const auto shares = load_shares(parse_skew(text), experts, 5, {});
        const auto targets = inclusion_targets(shares, topk);
        EXPECT_EQ(std::accumulate(targets.begin(), targets.end(), std::uint64_t{0}),
                  static_cast<std::uint64_t>(topk) << 16U)
            << text << ' ' << experts << ' ' << topk;
        EXPECT_LE(std::ranges::max(targets), 65536U);
      }
    }
  }
}

TEST(InclusionTargets, FollowTheShares) {
  EXPECT_EQ(inclusion_targets({0.5, 0.25, 0.125, 0.125}, 1), (Targets{32768, 16384, 8192, 8192}));
  EXPECT_EQ(inclusion_targets(std::vector<double>(8, 0.125), 2), Targets(8, 16384));
}

TEST(InclusionTargets, ExcessGoesToTheOthersInProportion) {
  // 2 * 0.8 is capped at 1; the second 1 is shared 3 : 1.
  EXPECT_EQ(inclusion_targets({0.8, 0.15, 0.05}, 2), (Targets{65536, 49152, 16384}));
  // Two rounds: filling the first lifts the second over the cap.
  EXPECT_EQ(inclusion_targets({0.6, 0.3, 0.05, 0.05}, 3), (Targets{65536, 65536, 32768, 32768}));
}

TEST(InclusionTargets, ExcessGoesEquallyWhereTheOthersHaveNoShare) {
  EXPECT_EQ(inclusion_targets({0.0, 1.0, 0.0}, 2), (Targets{32768, 65536, 32768}));
  EXPECT_EQ(inclusion_targets({0.0, 1.0, 0.0, 0.0}, 2), (Targets{21846, 65536, 21845, 21845}));
  EXPECT_EQ(inclusion_targets({0.9, 0.1}, 2), (Targets{65536, 65536}));
}

TEST(InclusionTargets, LargestRemaindersWinAndTiesGoToTheLowerId) {
  EXPECT_EQ(inclusion_targets(std::vector<double>(3, 1.0 / 3.0), 1),
            (Targets{21846, 21845, 21845}));
  // Quotas 9362.29 (five times) and 18724.57: the larger remainder before the lower id.
  EXPECT_EQ(inclusion_targets({1 / 7., 1 / 7., 1 / 7., 1 / 7., 1 / 7., 2 / 7.}, 1),
            (Targets{9363, 9362, 9362, 9362, 9362, 18725}));
}

TEST(InclusionTargets, TheLastBitsOfAShareDoNotMatter) {
  const auto shares = load_shares(parse_skew("lognormal:0.75"), 64, 1, {});
  auto other = shares;
  for (double& share : other) share *= 1.0 + 4e-16;
  EXPECT_EQ(inclusion_targets(shares, 8), inclusion_targets(other, 8));
}

TEST(InclusionTargets, MoreChoicesThanExpertsAreRefused) {
  EXPECT_THROW(inclusion_targets({0.5, 0.5}, 3), CaseSkipped);
  EXPECT_THROW(inclusion_targets({0.5, 0.5}, 0), CaseSkipped);
}

}  // namespace
}  // namespace moemark
