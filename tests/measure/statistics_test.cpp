// Known answers for order statistics: ranks from the binomial table, percentiles, outliers.
#include "measure/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace moemark::measure {
namespace {

// 1, 2, ..., n: a value is its own 1-based rank.
std::vector<double> ranks(std::size_t n) {
  std::vector<double> values(n);
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}

TEST(OrderStatisticInterval, MedianRanksOfTheBinomialTable) {
  struct Known {
    std::size_t n;
    double low, high;
  };
  for (const Known& known : {Known{6, 1, 6}, Known{10, 2, 9}, Known{25, 8, 18}, Known{100, 40, 61},
                             Known{400, 180, 221}}) {
    const auto interval = order_statistic_interval(ranks(known.n), 0.5, 0.95);
    ASSERT_TRUE(interval) << known.n;
    EXPECT_EQ(interval->low, known.low) << known.n;
    EXPECT_EQ(interval->high, known.high) << known.n;
  }
}

TEST(OrderStatisticInterval, ExistsFromTheSmallestPossibleNumberOn) {
  struct Smallest {
    double quantile;
    std::size_t n;
  };
  for (const Smallest& smallest : {Smallest{0.5, 6}, Smallest{0.95, 72}, Smallest{0.99, 368}}) {
    EXPECT_FALSE(order_statistic_interval(ranks(smallest.n - 1), smallest.quantile, 0.95));
    EXPECT_TRUE(order_statistic_interval(ranks(smallest.n), smallest.quantile, 0.95));
  }
  EXPECT_FALSE(order_statistic_interval({}, 0.5, 0.95));
}

TEST(OrderStatisticInterval, DoesNotUnderflowForManySamples) {
  const auto interval = order_statistic_interval(ranks(100'000), 0.5, 0.95);
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, 50'000 - 1.96 * std::sqrt(100'000) / 2, 2);
  EXPECT_NEAR(interval->high, 50'001 + 1.96 * std::sqrt(100'000) / 2, 2);
}

TEST(OrderStatisticInterval, CoversTheMedianAsOftenAsItSays) {
  std::mt19937 random(7);  // NOLINT: a fixed seed is the point
  std::exponential_distribution<double> draw(1.0);
  constexpr int trials = 2000;
  int covered = 0;
  std::vector<double> samples(50);
  for (int trial = 0; trial < trials; ++trial) {
    for (double& sample : samples) sample = draw(random);
    std::ranges::sort(samples);
    const auto interval = order_statistic_interval(samples, 0.5, 0.95);
    ASSERT_TRUE(interval);
    if (interval->low <= std::log(2.0) && std::log(2.0) <= interval->high) ++covered;
  }
  EXPECT_GE(covered, trials * 0.945);
}

TEST(Median, IsTheMeanOfTheMiddleTwoWhenEven) {
  EXPECT_EQ(median(std::vector{3.0}), 3.0);
  EXPECT_EQ(median(std::vector{1.0, 2.0, 9.0}), 2.0);
  EXPECT_EQ(median(std::vector{1.0, 2.0, 3.0, 9.0}), 2.5);
}

TEST(NearestRank, IsAnObservedValue) {
  EXPECT_EQ(nearest_rank(ranks(100), 0.95), 95);
  EXPECT_EQ(nearest_rank(ranks(100), 0.99), 99);
  EXPECT_EQ(nearest_rank(ranks(72), 0.95), 69);  // ceil(68.4)
  EXPECT_EQ(nearest_rank(ranks(3), 0.01), 1);
}

TEST(CountOutliers, UsesFencesOfOneAndAHalfQuartileRanges) {
  EXPECT_EQ(count_outliers({}), 0);
  EXPECT_EQ(count_outliers(ranks(9)), 0);
  // Quartiles of 1..8, x: 3 and 7, so the fences are -3 and 13.
  EXPECT_EQ(count_outliers(std::vector{1., 2., 3., 4., 5., 6., 7., 8., 13.}), 0);
  EXPECT_EQ(count_outliers(std::vector{1., 2., 3., 4., 5., 6., 7., 8., 13.1}), 1);
  EXPECT_EQ(count_outliers(std::vector{-9., 2., 3., 4., 5., 6., 7., 8., 99.}), 2);
}

TEST(Summarise, FillsEveryFieldWhenThereAreEnoughSamples) {
  std::vector<double> samples = ranks(400);
  std::ranges::reverse(samples);
  const Summary summary = summarise(samples, 3);
  EXPECT_EQ(summary.n, 400);
  EXPECT_EQ(summary.n_invalid, 3);
  EXPECT_EQ(summary.min_us, 1);
  EXPECT_EQ(summary.median_us, 200.5);
  EXPECT_EQ(summary.ci95_lo_us, 180);
  EXPECT_EQ(summary.ci95_hi_us, 221);
  EXPECT_EQ(summary.p95_us, 380);
  EXPECT_EQ(summary.p99_us, 396);
  EXPECT_EQ(summary.max_us, 400);
  EXPECT_EQ(summary.outliers, 0);
}

TEST(Summarise, LeavesEmptyWhatTooFewSamplesCannotGive) {
  const Summary none = summarise({}, 5);
  EXPECT_EQ(none.n, 0);
  EXPECT_EQ(none.n_invalid, 5);
  EXPECT_FALSE(none.min_us || none.median_us || none.max_us || none.ci95_lo_us || none.p95_us);
  const Summary few = summarise(std::vector{2.0, 1.0, 3.0});
  EXPECT_EQ(few.median_us, 2.0);
  EXPECT_FALSE(few.ci95_lo_us || few.ci95_hi_us || few.p95_us || few.p99_us);
}

TEST(Summarise, RefusesASampleThatIsNotFinite) {
  EXPECT_THROW(summarise(std::vector{1.0, std::nan("")}), std::invalid_argument);
  EXPECT_THROW(summarise(std::vector{1.0, std::numeric_limits<double>::infinity()}),
               std::invalid_argument);
}

TEST(RelativeHalfWidth, IsHalfTheIntervalOverTheMedian) {
  EXPECT_FALSE(relative_half_width(ranks(5)));
  EXPECT_DOUBLE_EQ(relative_half_width(ranks(400)).value(), (221.0 - 180.0) / 2 / 200.5);
  EXPECT_FALSE(relative_half_width(std::vector<double>(10, 0.0)));  // a clock too coarse
}

}  // namespace
}  // namespace moemark::measure
