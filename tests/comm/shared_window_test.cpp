// Memory that the ranks of a host store into directly.
#include "comm/shared_window.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "comm/transport.hpp"
#include "model/errors.hpp"

namespace moemark::comm {
namespace {

class SharedWindowTest : public testing::Test {
 protected:
  SharedWindowTest()
      : world(Communicator::world()), transport(world, Topology::blocks(world.size(), 2)) {}

  [[nodiscard]] std::size_t ranks() const { return static_cast<std::size_t>(world.size()); }

  Communicator world;
  Transport transport;
  device::Stream stream;
};

// Parts of different sizes; each rank stores one word into every part.
TEST_F(SharedWindowTest, StoresOfAllRanksArriveAndAreCounted) {
  const auto part_bytes = [&](int rank) { return 4 * (ranks() + static_cast<std::size_t>(rank)); };
  const std::array sections = {std::size_t{3}, part_bytes(world.rank())};
  SharedWindow window = transport.window(sections);
  for (std::int32_t round = 0; round < 3; ++round) {
    transport.counter().reset();
    window.barrier(stream);
    for (int peer = 0; peer < world.size(); ++peer) {
      ASSERT_EQ(window.part(peer, 1).size(), part_bytes(peer));
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(window.part(peer, 1).data()) % 64, 0U);
      const std::int32_t word = 1000 * round + 100 * world.rank() + peer;
      const auto to =
          window.claim(peer, 1, 4 * static_cast<std::size_t>(world.rank()), 4, Cargo::payload);
      std::memcpy(to.data(), &word, 4);
      window.count_receive(peer, 4, Cargo::payload);
    }
    window.barrier(stream);
    for (int peer = 0; peer < world.size(); ++peer) {
      std::int32_t word = 0;
      std::memcpy(&word, window.part(world.rank(), 1).data() + 4 * static_cast<std::size_t>(peer),
                  4);
      EXPECT_EQ(word, 1000 * round + 100 * peer + world.rank());
    }
    const RankTraffic& total = transport.counter().total();
    EXPECT_EQ(total.sent.self, 4);
    EXPECT_EQ(total.sent.network(), 4 * (world.size() - 1));
    EXPECT_EQ(total.received, total.sent) << "every pair exchanges the same";
    EXPECT_EQ(total.messages, world.size() - 1);
  }
}

TEST_F(SharedWindowTest, EmptyPartsAreAllowed) {
  const std::array<std::size_t, 1> sections = {0};
  SharedWindow window = transport.window(sections);
  window.barrier(stream);
  EXPECT_TRUE(window.part(world.rank(), 0).empty());
}

TEST_F(SharedWindowTest, TooLargeIsSkippedOnEveryRank) {
  const std::array sections = {std::size_t{1} << 50U};
  EXPECT_THROW(static_cast<void>(transport.window(sections)), CaseSkipped);
  // The ranks still agree about what comes next.
  EXPECT_EQ(world.all_gather_value(1).size(), ranks());
}

}  // namespace
}  // namespace moemark::comm
