// What is read off the times of all ranks, from numbers small enough to work out by hand.
#include "measure/gathered_times.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace moemark::measure {
namespace {

using ::testing::ElementsAre;

// One slot, the times of each rank over all rounds.
GatheredTimes one_slot(const std::vector<std::vector<double>>& of_ranks) {
  GatheredTimes times(static_cast<int>(of_ranks.size()), 1);
  std::vector<double> all;
  for (const auto& of_rank : of_ranks) all.insert(all.end(), of_rank.begin(), of_rank.end());
  times.append_batch(all, static_cast<std::int64_t>(of_ranks.front().size()));
  return times;
}

// One rank, two or more slots: the times of each slot over all rounds.
GatheredTimes one_rank(const std::vector<std::vector<double>>& of_slots) {
  GatheredTimes times(1, static_cast<int>(of_slots.size()));
  for (std::size_t round = 0; round < of_slots.front().size(); ++round) {
    std::vector<double> local;
    local.reserve(of_slots.size());
    for (const auto& of_slot : of_slots) local.push_back(of_slot[round]);
    times.append_batch(local, 1);
  }
  return times;
}

TEST(GatheredTimes, TakesTheSlowestRankOfEachSlotAndRound) {
  GatheredTimes times(2, 3);
  // [rank][round][slot], as an all-gather of the local times leaves them.
  times.append_batch(std::vector<double>{1, 20, 5,  //
                                         2, 10, 6,  //
                                         3, 15, 4,  //
                                         1, 30, 7},
                     2);
  EXPECT_THAT(times.slowest(0), ElementsAre(3, 2));
  EXPECT_THAT(times.slowest(1), ElementsAre(20, 30));
  EXPECT_THAT(times.slowest(2), ElementsAre(5, 7));
}

TEST(GatheredTimes, MeanIncreaseIsOfTheRanksOwnTimesRoundByRound) {
  GatheredTimes times(3, 2);
  // [rank][round][slot]; increases 10, 30, 20 of rank 0; 2, 4, 90 of rank 1; rank 2 is left out.
  times.append_batch(std::vector<double>{1, 11, 5, 35, 9, 29,  //
                                         7, 9, 1, 5, 10, 100,  //
                                         0, 500, 0, 600, 0, 700},
                     3);
  EXPECT_EQ(times.mean_increase(1, 0, std::vector{0, 1}), 0.5 * (20 + 4));
  EXPECT_EQ(times.mean_increase(0, 1, std::vector{1}), -4);
  EXPECT_EQ(times.mean_increase(1, 1, std::vector{0, 2}), 0);
  EXPECT_EQ(times.mean_increase(1, 0, {}), std::nullopt);
}

TEST(GatheredTimes, AppendsBatchesOfAnyLengthInTheOrderOfTheRounds) {
  GatheredTimes times(2, 1);
  times.append_batch(std::vector<double>{1, 2, 3,  //
                                         0, 5, 0},
                     3);
  times.append_batch(std::vector<double>{4, 9}, 1);
  EXPECT_THAT(times.measurement(0).samples_us, ElementsAre(1, 5, 3, 9));
  EXPECT_EQ(times.measurement(0).summary.n, 4);
  EXPECT_EQ(times.measurement(0).summary.max_us, 9);
}

TEST(GatheredTimes, ImbalanceIsOfTheRanksOwnMedians) {
  // Medians 2, 4 and 6. A mean over rounds, or the slowest times, would see the 100 and the 50.
  EXPECT_DOUBLE_EQ(one_slot({{2, 100, 2}, {4, 4, 4}, {6, 6, 50}}).measurement(0).time_imbalance,
                   6.0 / 4.0);
  EXPECT_DOUBLE_EQ(one_slot({{3, 3}, {3, 3}}).measurement(0).time_imbalance, 1.0);
  EXPECT_DOUBLE_EQ(one_slot({{0, 0}, {0, 0}}).measurement(0).time_imbalance, 1.0);
}

TEST(GatheredTimes, ImbalanceAndSlowestRankAreOfTheSlotAskedFor) {
  GatheredTimes times(2, 2);
  times.append_batch(std::vector<double>{6, 1,  //
                                         2, 3},
                     1);
  EXPECT_DOUBLE_EQ(times.measurement(0).time_imbalance, 1.5);
  EXPECT_EQ(times.measurement(0).slowest_rank, 0);
  EXPECT_DOUBLE_EQ(times.measurement(1).time_imbalance, 1.5);
  EXPECT_EQ(times.measurement(1).slowest_rank, 1);
}

TEST(GatheredTimes, SlowestRankIsTheOneOfMostRoundsNotOfTheLongestTime) {
  EXPECT_EQ(one_slot({{1, 1, 99}, {1, 2, 2}, {3, 3, 1}}).measurement(0).slowest_rank, 2);
}

TEST(GatheredTimes, TheLowestOfEqualRanksIsSlowest) {
  // Equal inside every round.
  EXPECT_EQ(one_slot({{1, 1, 1}, {4, 4, 4}, {4, 4, 4}}).measurement(0).slowest_rank, 1);
  // One round each.
  EXPECT_EQ(one_slot({{1, 1}, {2, 9}, {9, 2}}).measurement(0).slowest_rank, 1);
  // A round counts once: the one that ranks 0 and 1 share is rank 0's.
  EXPECT_EQ(one_slot({{4, 1}, {4, 5}}).measurement(0).slowest_rank, 0);
}

TEST(GatheredTimes, RatioIsTheMedianOfTheRatiosInsideTheRounds) {
  // Ratios 2, 0.9 and 5; the ratio of the medians is 0.9.
  const GatheredTimes times = one_rank({{2, 9, 100}, {1, 10, 20}});
  EXPECT_DOUBLE_EQ(times.median_ratio(0, 1, 1), 2.0);
  EXPECT_DOUBLE_EQ(times.median_ratio(1, 0, 0), 0.5);
}

TEST(GatheredTimes, RatioIsOverTheMeanOfBothReferences) {
  const GatheredTimes times = one_rank({{1, 1, 1}, {6, 8, 10}, {3, 3, 3}});
  EXPECT_DOUBLE_EQ(times.median_ratio(1, 0, 2), 4.0);
}

TEST(GatheredTimes, RatioLeavesOutRoundsWithoutAReference) {
  EXPECT_DOUBLE_EQ(one_rank({{5, 6, 8}, {0, 2, 2}}).median_ratio(0, 1, 1), 3.5);
  EXPECT_DOUBLE_EQ(one_rank({{5, 6}, {0, 0}}).median_ratio(0, 1, 1), 1.0);
}

TEST(GatheredTimes, WidestHalfWidthIsEmptyUntilEveryIntervalExists) {
  GatheredTimes times(1, 3);
  for (int round = 0; round < 5; ++round) {
    EXPECT_FALSE(times.widest_half_width()) << round;
    times.append_batch(std::vector<double>{10, 100.0 + 10 * round, 10}, 1);
  }
  EXPECT_FALSE(times.widest_half_width());
  times.append_batch(std::vector<double>{10, 150, 10}, 1);
  // Of six samples the interval runs from the least to the largest; those of the others are points.
  ASSERT_TRUE(times.widest_half_width());
  EXPECT_DOUBLE_EQ(*times.widest_half_width(), 25.0 / 125.0);
}

}  // namespace
}  // namespace moemark::measure
