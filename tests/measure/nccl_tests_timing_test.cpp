// The loop of nccl-tests: how often it calls, that it has no barrier, and whose time it reports.
#include "measure/nccl_tests_timing.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "spin.hpp"

namespace moemark::measure {
namespace {

using std::chrono::microseconds;

TEST(NcclTestsTime, CallsWarmUpsOneMoreAndTheIterations) {
  const auto world = comm::Communicator::world();
  device::Stream stream;
  for (const int warmups : {0, 1, 5}) {
    int calls = 0;
    static_cast<void>(nccl_tests_time(world, stream, [&](device::Stream&) { ++calls; },
                                      {.warmups = warmups, .iterations = 7}));
    EXPECT_EQ(calls, warmups + 1 + 7);
  }
}

TEST(NcclTestsTime, ReportsTheRanksAskedFor) {
  const auto world = comm::Communicator::world();
  device::Stream stream;
  const microseconds busy(500);
  const bool is_busy = world.rank() == world.size() - 1;
  const auto run = [&](device::Stream&) { spin(is_busy ? busy : microseconds(0)); };
  for (const auto over : {OverRanks::rank_0, OverRanks::mean, OverRanks::least, OverRanks::most}) {
    const LoopTime time =
        nccl_tests_time(world, stream, run, {.iterations = 10, .over_ranks = over});
    EXPECT_GE(time.max_us, 500.0);
    EXPECT_LE(time.min_us, time.mean_us);
    EXPECT_LE(time.mean_us, time.max_us);
    if (over == OverRanks::most) {
      EXPECT_EQ(time.mean_us, time.max_us);
    }
    if (over == OverRanks::least) {
      EXPECT_EQ(time.mean_us, time.min_us);
    }
    if (over == OverRanks::mean) {
      EXPECT_GE(time.mean_us, 500.0 / world.size());
    }
    // Nobody waits for the busy rank between iterations: idle ranks end long before it.
    if (world.size() > 1) {
      EXPECT_LT(time.min_us, time.max_us / 2);
    }
    for (const LoopTime& other : world.all_gather_value(time)) {
      EXPECT_EQ(other.mean_us, time.mean_us);
    }
  }
}

}  // namespace
}  // namespace moemark::measure
