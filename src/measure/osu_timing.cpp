// The timing of the OSU Micro-Benchmarks.
#include "measure/osu_timing.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace moemark::measure {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t large_message_bytes = 8192;

struct Loop {
  int skipped;
  int timed;
};

// The defaults of OSU's option parser.
Loop collective_loop(std::size_t bytes) {
  return bytes > large_message_bytes ? Loop{10, 100} : Loop{200, 1000};
}
Loop latency_loop(std::size_t bytes) {
  return bytes > large_message_bytes ? Loop{10, 1000} : Loop{100, 10000};
}

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

}  // namespace

LoopTime osu_collective_time(const comm::Communicator& communicator, device::Stream& stream,
                             const std::function<void(device::Stream&)>& run, std::size_t bytes) {
  const Loop loop = collective_loop(bytes);
  communicator.barrier();
  double total_us = 0.0;
  for (int i = 0; i < loop.skipped + loop.timed; ++i) {
    const auto start = Clock::now();
    run(stream);
    stream.synchronize();
    const double time = microseconds_since(start);
    if (i >= loop.skipped) total_us += time;
    communicator.barrier();
  }
  const auto means = communicator.all_gather_value(total_us / loop.timed);
  const auto [least, most] = std::minmax_element(means.begin(), means.end());
  const double mean =
      std::accumulate(means.begin(), means.end(), 0.0) / static_cast<double>(means.size());
  return {mean, *least, *most, loop.timed};
}

LoopTime osu_latency_time(const comm::Communicator& communicator, device::Stream& stream,
                          const std::function<void(device::Stream&)>& run, std::size_t bytes) {
  const Loop loop = latency_loop(bytes);
  communicator.barrier();
  auto start = Clock::now();
  for (int i = 0; i < loop.skipped + loop.timed; ++i) {
    if (i == loop.skipped) start = Clock::now();
    run(stream);
  }
  stream.synchronize();
  const double one_way = microseconds_since(start) / (2.0 * loop.timed);
  const double of_rank_0 = communicator.broadcast_value(one_way);
  return {of_rank_0, of_rank_0, of_rank_0, loop.timed};
}

}  // namespace moemark::measure
