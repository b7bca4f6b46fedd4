// What every dispatcher must hold on a workload: the oracle's bits, and declared bytes = counted.
#pragma once

#include <gtest/gtest.h>

#include "tests/dispatcher/routed_group.hpp"

namespace moemark::dispatcher {

inline void expect_exact(const DispatcherEntry& entry, RoutedGroup& group, int rank,
                         const Exchange& exchange = {}) {
  if (obstacle(entry, group.groups, exchange)) return;
  const auto dispatcher = make_dispatcher(entry, group.transport, group.sizes);
  Sizes sizes = group.sizes;
  sizes.exchange = exchange;
  dispatcher->prepare(sizes, group.batch);
  EXPECT_EQ(dispatcher->allocated_bytes(), buffer_bytes(entry, sizes));
  const auto failure = group.oracle->check(*dispatcher, group.batch, group.stream);
  EXPECT_EQ(failure.value_or("exact"), "exact");

  const auto declared = [&](Direction direction, std::size_t row_bytes) {
    return entry.declare(group.traffic, group.groups, rank, direction, row_bytes, exchange);
  };
  group.transport.counter().reset();
  run_steps(dispatcher->dispatch(), group.stream);
  EXPECT_EQ(group.transport.counter().total(),
            declared(Direction::dispatch, group.work.format.row_bytes()));
  // With a known layout the same rows travel, and nothing else.
  group.transport.counter().reset();
  run_steps(dispatcher->dispatch_cached(), group.stream);
  RankTraffic rows = declared(Direction::dispatch, group.work.format.row_bytes());
  rows.metadata_bytes = 0;
  EXPECT_EQ(group.transport.counter().total(), rows);
  group.transport.counter().reset();
  run_steps(dispatcher->combine(), group.stream);
  EXPECT_EQ(group.transport.counter().total(),
            declared(Direction::combine, group.work.format.combine_row_bytes()));
}

}  // namespace moemark::dispatcher
