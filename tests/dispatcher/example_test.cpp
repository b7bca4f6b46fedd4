// The dispatcher that CONTRIBUTING shows compiles and is exact: what a newcomer copies works.
#include <gtest/gtest.h>

#include "tests/dispatcher/expect_exact.hpp"

namespace moemark::dispatcher {

DispatcherEntry example_dispatcher();

namespace {

TEST(Example, IsExactOnEveryRouting) {
  const auto world = comm::Communicator::world();
  for (const char* routing : {"uniform", "lognormal:0.75", "hot:1/1", "masked", "idle", "one"}) {
    SCOPED_TRACE(routing);
    RoutedGroup group(world, {.routing = routing});
    expect_exact(example_dispatcher(), group, world.rank());
  }
}

}  // namespace
}  // namespace moemark::dispatcher
