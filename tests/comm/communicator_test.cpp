// The control plane: agreement among ranks.
#include "comm/communicator.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace moemark::comm {
namespace {

TEST(Communicator, GathersInRankOrder) {
  const auto world = Communicator::world();
  const auto all = world.all_gather_value(world.rank() * 10);
  ASSERT_EQ(all.size(), static_cast<std::size_t>(world.size()));
  for (int r = 0; r < world.size(); ++r) EXPECT_EQ(all[static_cast<std::size_t>(r)], r * 10);
}

TEST(Communicator, GathersPartsOfDifferentLengthOnTheRoot) {
  const auto world = Communicator::world();
  const std::vector<std::byte> mine(static_cast<std::size_t>(world.rank()),
                                    static_cast<std::byte>(world.rank()));
  const auto all = world.gather(mine);
  std::vector<std::byte> expected;
  for (int r = 0; r < world.size(); ++r) {
    expected.insert(expected.end(), static_cast<std::size_t>(r), static_cast<std::byte>(r));
  }
  EXPECT_EQ(all, world.is_root() ? expected : std::vector<std::byte>{});
}

TEST(Communicator, TransposesBlocks) {
  const auto world = Communicator::world();
  std::vector<std::int32_t> send;
  send.reserve(static_cast<std::size_t>(world.size()));
  std::vector<std::int32_t> receive(static_cast<std::size_t>(world.size()));
  for (int d = 0; d < world.size(); ++d) send.push_back(100 * world.rank() + d);
  world.all_to_all(std::as_bytes(std::span(send)), std::as_writable_bytes(std::span(receive)));
  for (int s = 0; s < world.size(); ++s) {
    EXPECT_EQ(receive[static_cast<std::size_t>(s)], 100 * s + world.rank());
  }
}

TEST(Communicator, EveryRankLearnsTheFirstFailure) {
  const auto world = Communicator::world();
  EXPECT_FALSE(world.first_failure(std::nullopt).has_value());
  const bool last = world.rank() == world.size() - 1;
  const auto failure =
      world.first_failure(last ? std::optional<std::string>("the last one") : std::nullopt);
  EXPECT_EQ(failure, "the last one");
}

TEST(Communicator, BroadcastsText) {
  const auto world = Communicator::world();
  const int root = world.size() - 1;
  EXPECT_EQ(world.broadcast(world.rank() == root ? "hello" : "", root), "hello");
}

TEST(Communicator, SplitsIntoBlocks) {
  const auto world = Communicator::world();
  const auto half = world.split(world.rank() / 2, world.rank());
  EXPECT_EQ(half.rank(), world.rank() % 2);
  EXPECT_EQ(half.size(), std::min(2, world.size() - world.rank() / 2 * 2));
}

TEST(Communicator, RanksOfOneHostShareIt) {
  const auto world = Communicator::world();
  for (const int host : world.host_of_rank()) EXPECT_EQ(host, 0);
}

}  // namespace
}  // namespace moemark::comm
