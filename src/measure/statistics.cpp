// Order statistics of the samples of one operation; nothing here assumes a distribution.
#include "measure/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace moemark::measure {
namespace {

// How many outcomes 0, 1, ... of Binomial(n, p) fit below a lower tail of probability `tail`.
std::size_t outcomes_in_lower_tail(std::size_t n, double p, double tail) {
  // The recurrence runs in logarithms: p(0) = (1 - p)^n underflows for a few thousand samples.
  const double log_odds = std::log(p) - std::log1p(-p);
  double log_probability = static_cast<double>(n) * std::log1p(-p);
  double cumulative = 0;
  for (std::size_t k = 0; k <= n; ++k) {
    cumulative += std::exp(log_probability);
    if (cumulative > tail) return k;
    log_probability +=
        std::log(static_cast<double>(n - k)) - std::log(static_cast<double>(k + 1)) + log_odds;
  }
  return n + 1;
}

// The quantile by linear interpolation between order statistics, as R's default (type 7) does.
double interpolated_quantile(std::span<const double> sorted, double quantile) {
  const double position = quantile * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double fraction = position - static_cast<double>(below);
  return sorted[below] + fraction * (sorted[above] - sorted[below]);
}

std::vector<double> sorted_copy(std::span<const double> samples) {
  std::vector<double> sorted(samples.begin(), samples.end());
  if (!std::ranges::all_of(sorted, [](double x) { return std::isfinite(x); })) {
    throw std::invalid_argument("a time sample is not a finite number");
  }
  std::ranges::sort(sorted);
  return sorted;
}

}  // namespace

std::optional<Interval> order_statistic_interval(std::span<const double> sorted, double quantile,
                                                 double confidence) {
  if (sorted.empty()) return std::nullopt;
  const std::size_t n = sorted.size();
  const double tail = (1 - confidence) / 2;
  // By symmetry the upper tail of Binomial(n, q) is the lower tail of Binomial(n, 1 - q).
  const std::size_t below = outcomes_in_lower_tail(n, quantile, tail);
  const std::size_t above = outcomes_in_lower_tail(n, 1 - quantile, tail);
  if (below < 1 || above < 1 || below > n || above > n) return std::nullopt;
  return Interval{.low = sorted[below - 1], .high = sorted[n - above]};
}

double median(std::span<const double> sorted) {
  const std::size_t middle = sorted.size() / 2;
  if (sorted.size() % 2 == 1) return sorted[middle];
  return sorted[middle - 1] + (sorted[middle] - sorted[middle - 1]) / 2;
}

double nearest_rank(std::span<const double> sorted, double quantile) {
  // A product such as 0.95 * 100 may come out a rounding error above the whole number.
  const double rank = std::ceil(quantile * static_cast<double>(sorted.size()) - 1e-9);
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

std::int64_t count_outliers(std::span<const double> sorted) {
  if (sorted.empty()) return 0;
  const double q1 = interpolated_quantile(sorted, 0.25);
  const double q3 = interpolated_quantile(sorted, 0.75);
  const double reach = 1.5 * (q3 - q1);
  return std::ranges::count_if(sorted, [&](double x) { return x < q1 - reach || x > q3 + reach; });
}

Summary summarise(std::span<const double> samples_us, std::int64_t n_invalid) {
  const std::vector<double> sorted = sorted_copy(samples_us);
  Summary summary{.n = static_cast<std::int64_t>(sorted.size()), .n_invalid = n_invalid};
  if (sorted.empty()) return summary;
  summary.min_us = sorted.front();
  summary.median_us = median(sorted);
  summary.max_us = sorted.back();
  summary.outliers = count_outliers(sorted);
  if (const auto interval = order_statistic_interval(sorted, 0.5, 0.95)) {
    summary.ci95_lo_us = interval->low;
    summary.ci95_hi_us = interval->high;
  }
  // A percentile without an interval of its own would be little more than the maximum.
  const auto percentile = [&](double quantile) -> std::optional<double> {
    if (!order_statistic_interval(sorted, quantile, 0.95)) return std::nullopt;
    return nearest_rank(sorted, quantile);
  };
  summary.p95_us = percentile(0.95);
  summary.p99_us = percentile(0.99);
  return summary;
}

std::optional<double> relative_half_width(std::span<const double> samples_us) {
  const std::vector<double> sorted = sorted_copy(samples_us);
  const auto interval = order_statistic_interval(sorted, 0.5, 0.95);
  if (!interval) return std::nullopt;
  const double middle = median(sorted);
  if (middle <= 0) return std::nullopt;
  return (interval->high - interval->low) / 2 / middle;
}

}  // namespace moemark::measure
