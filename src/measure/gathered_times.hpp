// The times of all ranks in all rounds of a group, and what is read off them.
#pragma once

#include <span>
#include <vector>

#include "measure/sampler.hpp"

namespace moemark::measure {

// Times are appended batch by batch as they were gathered: [rank][round][slot] microseconds.
class GatheredTimes {
 public:
  GatheredTimes(int ranks, int slots);

  void append_batch(std::span<const double> all_ranks, std::int64_t rounds);

  // The slowest rank's time of a slot in each round so far.
  [[nodiscard]] const std::vector<double>& slowest(int slot) const;
  [[nodiscard]] Measurement measurement(int slot) const;
  // Over all slots; empty while an interval does not exist.
  [[nodiscard]] std::optional<double> widest_half_width() const;
  // Median over rounds of slot / mean of the other two; give one slot twice for a plain ratio.
  [[nodiscard]] double median_ratio(int slot, int below, int below_too) const;
  // By how much the ranks' own times in a slot exceed those in another slot of the same round: the
  // median over rounds, then the mean over `ranks`. Empty without ranks.
  [[nodiscard]] std::optional<double> mean_increase(int slot, int over,
                                                    std::span<const int> ranks) const;

 private:
  // A rank's own times of a slot, over the rounds.
  [[nodiscard]] const std::vector<double>& local(int slot, int rank) const;

  int ranks_;
  int slots_;
  std::vector<std::vector<double>> slowest_;  // [slot][round]
  std::vector<std::vector<double>> local_;    // [slot * ranks + rank][round]
};

}  // namespace moemark::measure
