// The timing of nccl-tests.
#include "measure/nccl_tests_timing.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace moemark::measure {

LoopTime nccl_tests_time(const comm::Communicator& communicator, device::Stream& stream,
                         const std::function<void(device::Stream&)>& run,
                         const NcclTestsLoop& loop) {
  for (int i = 0; i <= loop.warmups; ++i) run(stream);
  stream.synchronize();
  communicator.barrier();

  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < loop.iterations; ++i) run(stream);
  stream.synchronize();
  const std::chrono::duration<double, std::micro> passed = std::chrono::steady_clock::now() - start;

  const auto times = communicator.all_gather_value(passed.count() / loop.iterations);
  const auto [least, most] = std::ranges::minmax(times);
  LoopTime result{times.front(), least, most, loop.iterations};
  if (loop.over_ranks == OverRanks::mean) {
    result.mean_us =
        std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(times.size());
  }
  if (loop.over_ranks == OverRanks::least) result.mean_us = least;
  if (loop.over_ranks == OverRanks::most) result.mean_us = most;
  return result;
}

}  // namespace moemark::measure
