// The rotation is fair: every participant stands at every position equally often.
#include "measure/rotation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace moemark::measure {
namespace {

using ::testing::ElementsAre;

std::vector<int> order_of(int participants, std::int64_t round) {
  std::vector<int> order(static_cast<std::size_t>(participants));
  round_order(participants, round, order);
  return order;
}

TEST(RoundOrder, ReversesOddRoundsAndMovesOnByPairs) {
  EXPECT_THAT(order_of(3, 0), ElementsAre(0, 1, 2));
  EXPECT_THAT(order_of(3, 1), ElementsAre(2, 1, 0));
  EXPECT_THAT(order_of(3, 2), ElementsAre(1, 2, 0));
  EXPECT_THAT(order_of(3, 3), ElementsAre(0, 2, 1));
  EXPECT_THAT(order_of(3, 6), ElementsAre(0, 1, 2));
  EXPECT_THAT(order_of(1, 5), ElementsAre(0));
}

TEST(RoundOrder, PutsEverybodyAtEveryPositionTwiceInACycle) {
  for (int participants = 1; participants <= 7; ++participants) {
    const auto size = static_cast<std::size_t>(participants);
    std::vector<std::vector<int>> seen(size, std::vector<int>(size, 0));
    for (std::int64_t round = 0; round < std::int64_t{2} * participants; ++round) {
      const std::vector<int> order = order_of(participants, round);
      for (std::size_t position = 0; position < size; ++position) {
        ++seen[static_cast<std::size_t>(order[position])][position];
      }
    }
    for (const auto& positions : seen) {
      EXPECT_TRUE(std::ranges::all_of(positions, [](int count) { return count == 2; }));
    }
  }
}

TEST(RoundOrder, RefusesSizesThatDoNotAgree) {
  std::vector<int> order(2);
  EXPECT_THROW(round_order(3, 0, order), std::invalid_argument);
  EXPECT_THROW(round_order(2, -1, order), std::invalid_argument);
}

}  // namespace
}  // namespace moemark::measure
