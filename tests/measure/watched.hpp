// An operation that knows between which bounds its measured time must lie, on any machine.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include "comm/communicator.hpp"
#include "measure/sampler.hpp"
#include "spin.hpp"

namespace moemark::measure {

// An operation that spins for a given time and notes what it saw of its own time: the part inside
// `run` is at most what the sampler measures, the part from the end of `before` to the beginning of
// `after` at least. Both hold on any machine.
struct Watched {
  std::chrono::microseconds least;
  int operations = 1;
  std::vector<double> inside_us = {};
  std::vector<double> around_us = {};
  SpinClock::time_point begin = {};

  Participant participant(const comm::Communicator& world) {
    return {[this, &world](device::Stream&) {
              world.barrier();  // nobody's `around` holds the others' lateness
              begin = SpinClock::now();
            },
            [this](device::Stream&) {
              const auto start = SpinClock::now();
              spin(least);
              inside_us.push_back(microseconds_between(start, SpinClock::now()));
            },
            [this](device::Stream&) {
              around_us.push_back(microseconds_between(begin, SpinClock::now()));
            },
            operations};
  }
};

struct Bounds {
  std::vector<double> least;
  std::vector<double> most;
};

// Of the slowest rank's time an operation in the sampled rounds; every `stride`-th call from
// `first` on, for an operation that runs more than once a round.
inline Bounds bounds(const comm::Communicator& world, const Watched& watched, std::size_t rounds,
                     std::size_t first = 0, std::size_t stride = 1) {
  const auto slowest = [&](const std::vector<double>& mine) {
    const std::size_t skipped = mine.size() - rounds * stride;
    std::vector<double> result;
    for (std::size_t i = skipped + first; i < mine.size(); i += stride) {
      result.push_back(std::ranges::max(world.all_gather_value(mine[i] / watched.operations)));
    }
    return result;
  };
  return {slowest(watched.inside_us), slowest(watched.around_us)};
}

}  // namespace moemark::measure
