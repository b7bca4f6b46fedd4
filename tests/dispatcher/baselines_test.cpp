// The baselines move the bytes that they declare.
#include "dispatcher/baselines.hpp"

#include <gtest/gtest.h>

#include "comm/communicator.hpp"
#include "model/errors.hpp"

namespace moemark::dispatcher {
namespace {

TEST(Baselines, DeclaredIsCounted) {
  const auto world = comm::Communicator::world();
  const ExpertGroups groups{world.size(), world.size(),
                            ExpertPlacement::contiguous(world.size(), world.size()),
                            Topology::blocks(world.size(), 2)};
  comm::Transport transport(world, groups.topology);
  transport.prepare_rows(1);
  device::Stream stream;
  for (const BaselineEntry& entry : baselines()) {
    if (world.size() < entry.least_ranks) continue;
    SCOPED_TRACE(entry.name);
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{24}, std::size_t{4096}}) {
      Baseline baseline = entry.make(transport, bytes);
      transport.counter().reset();
      run_steps(baseline.steps, stream);
      RankTraffic expected = declare_baseline(entry, groups, world.rank(), bytes);
      if (baseline.operations == 2) {
        // Ping and pong: what one operation sends, the other sends back.
        std::swap(expected.sent, expected.received);
        const RankTraffic ping = declare_baseline(entry, groups, world.rank(), bytes);
        expected.sent += ping.sent;
        expected.received += ping.received;
        expected.messages = expected.sent.network() > 0 ? 1 : 0;
      }
      EXPECT_EQ(transport.counter().total(), expected);
    }
  }
}

TEST(Baselines, AllReduceDeclaresARing) {
  // 4 ranks on 2 nodes: each sends 2 * 3/4 of 4,096 bytes to the next; every second link crosses.
  const ExpertGroups groups{4, 4, ExpertPlacement::contiguous(4, 4), Topology::blocks(4, 2)};
  const BaselineEntry& entry = find_baseline("--baseline", "all_reduce");
  EXPECT_EQ(declare_baseline(entry, groups, 0, 4096).sent, (BytesByLink{0, 6144, 0}));
  EXPECT_EQ(declare_baseline(entry, groups, 1, 4096).sent, (BytesByLink{0, 0, 6144}));
  EXPECT_EQ(entry.bus_factor(4), 1.5);
}

TEST(Baselines, UnknownNameIsRefused) {
  EXPECT_THROW(find_baseline("--baseline", "allreduce"), UsageError);
}

}  // namespace
}  // namespace moemark::dispatcher
