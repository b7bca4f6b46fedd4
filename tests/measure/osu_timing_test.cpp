// The loops of OSU: how often they call, which calls they count, and whose time they report.
#include "measure/osu_timing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "spin.hpp"

namespace moemark::measure {
namespace {

using std::chrono::microseconds;

struct LoopCase {
  std::size_t bytes;
  int skipped;
  int timed;
};

TEST(OsuCollectiveTime, CallsAsOftenAsOsuDoes) {
  const auto world = comm::Communicator::world();
  device::Stream stream;
  for (const LoopCase& loop : {LoopCase{1, 200, 1000}, LoopCase{8192, 200, 1000},
                               LoopCase{8193, 10, 100}, LoopCase{1U << 20U, 10, 100}}) {
    int calls = 0;
    const LoopTime time =
        osu_collective_time(world, stream, [&](device::Stream&) { ++calls; }, loop.bytes);
    EXPECT_EQ(calls, loop.skipped + loop.timed) << loop.bytes;
    EXPECT_EQ(time.iterations, loop.timed) << loop.bytes;
  }
}

TEST(OsuLatencyTime, CallsAsOftenAsOsuDoes) {
  const auto world = comm::Communicator::world();
  device::Stream stream;
  for (const LoopCase& loop : {LoopCase{1, 100, 10000}, LoopCase{8192, 100, 10000},
                               LoopCase{8193, 10, 1000}, LoopCase{1U << 20U, 10, 1000}}) {
    int calls = 0;
    const LoopTime time =
        osu_latency_time(world, stream, [&](device::Stream&) { ++calls; }, loop.bytes);
    EXPECT_EQ(calls, loop.skipped + loop.timed) << loop.bytes;
    EXPECT_EQ(time.iterations, loop.timed) << loop.bytes;
  }
}

TEST(OsuCollectiveTime, IsTheMeanOverRanksBetweenTheFastestAndTheSlowest) {
  const auto world = comm::Communicator::world();
  device::Stream stream;
  const microseconds busy(500);
  const bool is_busy = world.rank() == world.size() - 1;
  const LoopTime time = osu_collective_time(
      world, stream, [&](device::Stream&) { spin(is_busy ? busy : microseconds(0)); }, 8193);
  // Nobody returns from a spin early; how late is the machine's affair.
  EXPECT_GE(time.max_us, 500.0);
  EXPECT_GE(time.mean_us, 500.0 / world.size());
  EXPECT_GE(time.min_us, 0.0);
  if (world.size() == 1) {
    EXPECT_EQ(time.min_us, time.max_us);
  } else {
    // The others wait for the busy rank in the barrier, and that is not timed.
    EXPECT_LT(time.min_us, time.mean_us);
    EXPECT_LT(time.min_us, time.max_us / 2);
  }
  EXPECT_LE(time.mean_us, time.max_us);
  for (const LoopTime& other : world.all_gather_value(time)) {
    EXPECT_EQ(other.mean_us, time.mean_us);
    EXPECT_EQ(other.min_us, time.min_us);
    EXPECT_EQ(other.max_us, time.max_us);
  }
}

TEST(OsuCollectiveTime, NobodyStartsBeforeAllHaveEnded) {
  const auto world = comm::Communicator::world();
  device::Stream stream;
  std::vector<std::int64_t> starts;
  std::vector<std::int64_t> ends;
  const auto run = [&](device::Stream&) {
    starts.push_back(nanoseconds_now());
    spin(microseconds(world.is_root() ? 200 : 0));
    ends.push_back(nanoseconds_now());
  };
  static_cast<void>(osu_collective_time(world, stream, run, 8193));
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    const auto last_end = std::ranges::max(world.all_gather_value(ends[i]));
    EXPECT_LE(last_end, starts[i + 1]) << "call " << i;
  }
}

TEST(OsuLatencyTime, IsHalfARoundTripOnRankZero) {
  const auto world = comm::Communicator::world();
  device::Stream stream;
  const microseconds busy(100);
  const auto start = SpinClock::now();
  const LoopTime time = osu_latency_time(
      world, stream, [&](device::Stream&) { spin(world.is_root() ? busy : microseconds(0)); },
      8193);
  const double all_calls_us = microseconds_between(start, SpinClock::now());
  EXPECT_GE(time.mean_us, 50.0);
  if (world.is_root()) {
    EXPECT_LE(time.mean_us * 2 * time.iterations, all_calls_us);
  }
  EXPECT_EQ(time.min_us, time.mean_us);
  EXPECT_EQ(time.max_us, time.mean_us);
  for (const double other : world.all_gather_value(time.mean_us)) EXPECT_EQ(other, time.mean_us);
}

// Calls that take long while they warm up: none of their time may be in the result. The bound is
// the time that really passed since the last of them, so that a slow machine cannot break it.
TEST(OsuTiming, SkippedCallsAreNotCounted) {
  const auto world = comm::Communicator::world();
  device::Stream stream;
  int calls = 0;
  SpinClock::time_point skipped_until;
  const auto run = [&](device::Stream&) {
    if (calls++ >= 10) return;
    spin(microseconds(20000));
    skipped_until = SpinClock::now();
  };
  const LoopTime collective = osu_collective_time(world, stream, run, 8193);
  const auto passed_us = [&] { return microseconds_between(skipped_until, SpinClock::now()); };
  const auto longest = [](const std::vector<double>& all) { return std::ranges::max(all); };
  EXPECT_LE(collective.max_us * collective.iterations,
            longest(world.all_gather_value(passed_us())));

  calls = 0;
  const LoopTime latency = osu_latency_time(world, stream, run, 8193);
  EXPECT_LE(latency.mean_us * 2 * latency.iterations, longest(world.all_gather_value(passed_us())));
}

}  // namespace
}  // namespace moemark::measure
