// The times of all ranks in all rounds of a group, and what is read off them.
#include "measure/gathered_times.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace moemark::measure {
namespace {

std::size_t to_size(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return median(values);
}

}  // namespace

GatheredTimes::GatheredTimes(int ranks, int slots)
    : ranks_(ranks),
      slots_(slots),
      slowest_(to_size(slots)),
      local_(to_size(slots) * to_size(ranks)) {}

void GatheredTimes::append_batch(std::span<const double> all_ranks, std::int64_t rounds) {
  const std::size_t per_rank = to_size(rounds) * to_size(slots_);
  for (std::size_t round = 0; round < to_size(rounds); ++round) {
    for (std::size_t slot = 0; slot < to_size(slots_); ++slot) {
      double slowest = 0.0;
      for (std::size_t rank = 0; rank < to_size(ranks_); ++rank) {
        const double time = all_ranks[rank * per_rank + round * to_size(slots_) + slot];
        local_[slot * to_size(ranks_) + rank].push_back(time);
        slowest = std::max(slowest, time);
      }
      slowest_[slot].push_back(slowest);
    }
  }
}

const std::vector<double>& GatheredTimes::slowest(int slot) const {
  return slowest_[to_size(slot)];
}

Measurement GatheredTimes::measurement(int slot) const {
  Measurement result;
  result.samples_us = slowest(slot);
  result.summary = summarise(result.samples_us);
  const auto ranks = std::span(local_).subspan(to_size(slot) * to_size(ranks_), to_size(ranks_));
  std::vector<double> medians;
  for (const std::vector<double>& times : ranks) medians.push_back(median_of(times));
  const double mean =
      std::accumulate(medians.begin(), medians.end(), 0.0) / static_cast<double>(medians.size());
  if (mean > 0.0) result.time_imbalance = *std::max_element(medians.begin(), medians.end()) / mean;

  std::vector<int> slowest_rounds(to_size(ranks_), 0);
  for (std::size_t round = 0; round < result.samples_us.size(); ++round) {
    for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
      if (ranks[rank][round] == result.samples_us[round]) {
        ++slowest_rounds[rank];
        break;
      }
    }
  }
  const auto most = std::max_element(slowest_rounds.begin(), slowest_rounds.end());
  result.slowest_rank = static_cast<int>(most - slowest_rounds.begin());
  return result;
}

std::optional<double> GatheredTimes::widest_half_width() const {
  double widest = 0.0;
  for (const std::vector<double>& samples : slowest_) {
    const auto width = relative_half_width(samples);
    if (!width) return std::nullopt;
    widest = std::max(widest, *width);
  }
  return widest;
}

const std::vector<double>& GatheredTimes::local(int slot, int rank) const {
  return local_[to_size(slot) * to_size(ranks_) + to_size(rank)];
}

std::optional<double> GatheredTimes::mean_increase(int slot, int over,
                                                   std::span<const int> ranks) const {
  if (ranks.empty()) return std::nullopt;
  double sum = 0.0;
  for (const int rank : ranks) {
    std::vector<double> increases = local(slot, rank);
    std::ranges::transform(increases, local(over, rank), increases.begin(), std::minus<>());
    sum += median_of(std::move(increases));
  }
  return sum / static_cast<double>(ranks.size());
}

double GatheredTimes::median_ratio(int slot, int below, int below_too) const {
  std::vector<double> ratios;
  for (std::size_t round = 0; round < slowest(slot).size(); ++round) {
    const double denominator = 0.5 * (slowest(below)[round] + slowest(below_too)[round]);
    if (denominator > 0.0) ratios.push_back(slowest(slot)[round] / denominator);
  }
  return ratios.empty() ? 1.0 : median_of(std::move(ratios));
}

}  // namespace moemark::measure
