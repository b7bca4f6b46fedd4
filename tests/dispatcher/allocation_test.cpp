// No step of any dispatcher allocates: memory, buffers and communicators are prepare()'s business.
#include <gtest/gtest.h>

#include "tests/dispatcher/allocation_counter.hpp"
#include "tests/dispatcher/routed_group.hpp"

namespace moemark::dispatcher {
namespace {

std::int64_t allocations_of(std::span<const Step> steps, device::Stream& stream) {
  const std::int64_t before = allocations_so_far();
  run_steps(steps, stream);
  return allocations_so_far() - before;
}

TEST(Allocations, AreCounted) {
  const std::int64_t before = allocations_so_far();
  const device::Buffer buffer(64);
  const auto number = std::make_unique<int>(1);
  EXPECT_EQ(allocations_so_far() - before, 2) << "else the other test cannot fail";
}

TEST(Allocations, NoneInTheStepsOfAnyDispatcher) {
  const auto world = comm::Communicator::world();
  RoutedGroup group(world, {.routing = "lognormal:0.75"});
  for (const DispatcherEntry& entry : dispatchers()) {
    if (obstacle(entry, group.groups)) continue;
    const auto dispatcher = entry.make(group.transport);
    dispatcher->prepare(group.sizes, group.batch);
    EXPECT_EQ(allocations_of(dispatcher->dispatch(), group.stream), 0) << entry.name;
    EXPECT_EQ(allocations_of(dispatcher->dispatch_cached(), group.stream), 0) << entry.name;
    EXPECT_EQ(allocations_of(dispatcher->combine(), group.stream), 0) << entry.name;
  }
}

}  // namespace
}  // namespace moemark::dispatcher
