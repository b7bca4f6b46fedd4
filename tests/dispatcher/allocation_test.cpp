// No step of any dispatcher allocates: memory, buffers and communicators are prepare()'s business.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/dispatcher/routed_group.hpp"

namespace {

std::atomic<std::int64_t> allocations = 0;  // of this process, through new and device buffers

}  // namespace

// Global replacements: the language offers no other place to count at.
void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);
}

// The linker puts this in the place of aligned_alloc (--wrap): the host's device memory.
// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
extern "C" {
void* __real_aligned_alloc(std::size_t alignment, std::size_t bytes);
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t bytes) {
  ++allocations;
  return __real_aligned_alloc(alignment, bytes);
}
}
// NOLINTEND(bugprone-reserved-identifier)

namespace moemark::dispatcher {
namespace {

std::int64_t allocations_of(std::span<const Step> steps, device::Stream& stream) {
  const std::int64_t before = allocations;
  run_steps(steps, stream);
  return allocations - before;
}

TEST(Allocations, AreCounted) {
  const std::int64_t before = allocations;
  const device::Buffer buffer(64);
  const auto number = std::make_unique<int>(1);
  EXPECT_EQ(allocations - before, 2) << "else the other test cannot fail";
}

TEST(Allocations, NoneInTheStepsOfAnyDispatcher) {
  const auto world = comm::Communicator::world();
  RoutedGroup group(world, {.routing = "lognormal:0.75"});
  for (const DispatcherEntry& entry : dispatchers()) {
    if (obstacle(entry, group.groups)) continue;
    const auto dispatcher = entry.make(group.transport);
    dispatcher->prepare(group.sizes, group.batch);
    EXPECT_EQ(allocations_of(dispatcher->dispatch(), group.stream), 0) << entry.name;
    EXPECT_EQ(allocations_of(dispatcher->combine(), group.stream), 0) << entry.name;
  }
}

}  // namespace
}  // namespace moemark::dispatcher
