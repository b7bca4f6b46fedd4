// Order statistics of the samples of one operation; nothing here assumes a distribution.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace moemark::measure {

struct Interval {
  double low = 0;
  double high = 0;
};

// The distribution-free interval of a quantile: the sample values at the exact binomial ranks that
// leave at most (1 - confidence) / 2 in each tail (Conover, Practical Nonparametric Statistics,
// 3.2). Empty when `sorted` is too short for such ranks to exist: at 95 % the median needs 6
// samples, p95 needs 72, p99 needs 368. `sorted` ascends; quantile and confidence lie in (0, 1).
std::optional<Interval> order_statistic_interval(std::span<const double> sorted, double quantile,
                                                 double confidence);

// The mean of the middle two when the number is even. `sorted` ascends and is not empty.
double median(std::span<const double> sorted);

// The smallest sample that at least `quantile` of all samples do not exceed (nearest rank).
double nearest_rank(std::span<const double> sorted, double quantile);

// How many samples lie outside Tukey's fences: 1.5 interquartile ranges beyond the quartiles.
std::int64_t count_outliers(std::span<const double> sorted);

// What is reported of a series of samples; all values in microseconds, empty = not available.
struct Summary {
  std::int64_t n = 0;          // valid samples
  std::int64_t n_invalid = 0;  // late starts of the window method: counted, not kept
  std::optional<double> min_us = {};
  std::optional<double> median_us = {};
  std::optional<double> ci95_lo_us = {};  // of the median, within this launch
  std::optional<double> ci95_hi_us = {};
  std::optional<double> p95_us = {};  // only where its own 95 % interval exists
  std::optional<double> p99_us = {};
  std::optional<double> max_us = {};
  std::int64_t outliers = 0;  // counted, never dropped
};

// Summarises samples in any order. Throws std::invalid_argument on a sample that is not finite.
Summary summarise(std::span<const double> samples_us, std::int64_t n_invalid = 0);

// Half the 95 % interval of the median over the median: what the stop rule watches. Empty when the
// interval does not exist or the median is 0.
std::optional<double> relative_half_width(std::span<const double> samples_us);

}  // namespace moemark::measure
