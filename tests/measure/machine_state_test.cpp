// What makes a row noisy, and that all ranks agree on whether they have cores enough.
#include "measure/machine_state.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "device/cores.hpp"

namespace moemark::measure {
namespace {

constexpr ProcessorTime start{.total = 5000, .stolen = 100};

ProcessorTime later(std::int64_t total, std::int64_t stolen) {
  return {.total = start.total + total, .stolen = start.stolen + stolen};
}

TEST(IsNoisy, WhenMoreThanTwoPercentOfTheTimeWasStolen) {
  for (const bool oversubscribed : {false, true}) {
    EXPECT_FALSE(is_noisy(start, later(1000, 20), oversubscribed, 0, 100));
    EXPECT_TRUE(is_noisy(start, later(1000, 21), oversubscribed, 0, 100));
  }
  // What was stolen before the measurement does not count, nor does an interval of no time.
  EXPECT_FALSE(is_noisy({.total = 100, .stolen = 90}, {.total = 200, .stolen = 90}, false, 0, 9));
  EXPECT_FALSE(is_noisy(start, start, false, 0, 100));
}

TEST(IsNoisy, WhenARankLostItsProcessorMoreThanOnceInTenSamples) {
  EXPECT_FALSE(is_noisy(start, later(1000, 0), false, 10, 100));
  EXPECT_TRUE(is_noisy(start, later(1000, 0), false, 11, 100));
  // Ranks that share cores are interrupted all the time: the column `oversubscribed` says so.
  EXPECT_FALSE(is_noisy(start, later(1000, 0), true, 11, 100));
  EXPECT_FALSE(is_noisy(start, later(1000, 0), false, 11, 0));
  // A system that tells no processor time still tells the interruptions.
  EXPECT_TRUE(is_noisy({}, {}, false, 11, 100));
}

TEST(MachineState, CountersOnlyGrow) {
  const ProcessorTime before = processor_time();
  const std::int64_t switches = involuntary_switches();
  EXPECT_GT(before.total, 0);
  EXPECT_GE(before.stolen, 0);
  EXPECT_LE(before.stolen, before.total);
  EXPECT_GE(switches, 0);
  EXPECT_GE(processor_time().total, before.total);
  EXPECT_GE(involuntary_switches(), switches);
}

TEST(MachineState, StolenTimeIsTheEighthNumberOfTheKernel) {
  const std::int64_t before = processor_time().stolen;
  std::ifstream stat("/proc/stat");
  std::string label;
  stat >> label;
  std::int64_t stolen = -1;
  for (int number = 1; number <= 8; ++number) stat >> stolen;
  ASSERT_TRUE(stat);
  EXPECT_LE(before, stolen);
  EXPECT_LE(stolen, processor_time().stolen);
}

// Binds this process to one core for a while.
class Bound {
 public:
  explicit Bound(int core) : before_(device::own_cores()) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(core), &set);
    EXPECT_EQ(::sched_setaffinity(0, sizeof set, &set), 0);
  }
  ~Bound() {
    cpu_set_t set;
    std::memcpy(&set, before_.words.data(), sizeof set);
    EXPECT_EQ(::sched_setaffinity(0, sizeof set, &set), 0);
  }
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;

 private:
  device::CoreSet before_;
};

// The cores that the ranks have between them, the same list on all.
std::vector<int> cores_of_all(const comm::Communicator& world) {
  device::CoreSet all;
  for (const device::CoreSet& cores : world.all_gather_value(device::own_cores())) all |= cores;
  std::vector<int> cores;
  for (int core = 0; core < static_cast<int>(64 * all.words.size()); ++core) {
    if ((all.words[static_cast<std::size_t>(core / 64)] >> (core % 64) & 1U) != 0) {
      cores.push_back(core);
    }
  }
  return cores;
}

void expect_on_all_ranks(const comm::Communicator& world, bool expected) {
  const int mine = is_oversubscribed(world) ? 1 : 0;
  for (const int answer : world.all_gather_value(mine)) EXPECT_EQ(answer, expected ? 1 : 0);
}

TEST(IsOversubscribed, ComparesRanksWithTheCoresTheyHaveBetweenThem) {
  const auto world = comm::Communicator::world();
  const std::vector<int> cores = cores_of_all(world);
  const int count = static_cast<int>(cores.size());
  expect_on_all_ranks(world, world.size() > count);
  {
    // As a launcher binds: one core a rank is enough while the cores differ.
    const Bound bound(cores[static_cast<std::size_t>(world.rank() % count)]);
    expect_on_all_ranks(world, world.size() > count);
  }
  {
    const Bound bound(cores.front());
    expect_on_all_ranks(world, world.size() > 1);
  }
}

}  // namespace
}  // namespace moemark::measure
