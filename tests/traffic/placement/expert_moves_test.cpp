// What goes where in a rebalance.
#include "traffic/placement/expert_moves.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "routing/philox.hpp"
#include "traffic/expert_placement.hpp"

namespace moemark {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ExpertMoves, NothingMovesToTheSamePlacement) {
  EXPECT_THAT(expert_moves(ExpertSlots::identity(7), ExpertSlots::identity(7), 3), IsEmpty());
  // Other slots of the same rank: nothing for the network.
  EXPECT_THAT(expert_moves(ExpertSlots({0, 1, 2, 3}), ExpertSlots({1, 0, 3, 2}), 2), IsEmpty());
}

TEST(ExpertMoves, ACopyGoesOnceToEveryRankThatLacksIt) {
  // Ranks {0 1} {2 3} become {0 1 3} {2 0 0}.
  const ExpertSlots from = ExpertSlots::identity(4);
  const ExpertSlots to({0, 1, 3, 2, 0, 0});
  const auto moves = expert_moves(from, to, 2);
  EXPECT_THAT(moves, ElementsAre(ExpertMove{1, 0, 3}, ExpertMove{0, 1, 0}));
  const CountMatrix counts = count_moves(moves, 2);
  EXPECT_EQ(counts.at(0, 1), 1);
  EXPECT_EQ(counts.at(1, 0), 1);
  EXPECT_EQ(counts.at(0, 0), 0);
}

TEST(ExpertMoves, TheRankThatSentFewestGives) {
  // Expert 0 stands on ranks 0 and 1; ranks 2 and 3 both want it.
  const ExpertSlots from({0, 0, 1, 2});
  const ExpertSlots to({1, 2, 0, 0});
  EXPECT_THAT(expert_moves(from, to, 4), ElementsAre(ExpertMove{2, 0, 1}, ExpertMove{3, 1, 2},
                                                     ExpertMove{0, 2, 0}, ExpertMove{1, 3, 0}));
}

// After the moves every rank has what it must hold, from ranks that had it, and nothing twice.
TEST(ExpertMoves, EveryRankEndsWithItsExperts) {
  constexpr int ranks = 5;
  for (std::uint32_t draw = 0; draw < 100; ++draw) {
    RandomWords words(draw, RandomStream::placement, 0, 0, 0);
    std::uint32_t next = 0;
    const auto random_slots = [&](int count) {
      std::vector<std::int32_t> experts(12);
      std::iota(experts.begin(), experts.end(), 0);
      while (static_cast<int>(experts.size()) < count) {
        experts.push_back(static_cast<std::int32_t>(words.bounded(next++, 12)));
      }
      for (std::uint32_t left = static_cast<std::uint32_t>(count); left > 1; --left) {
        std::swap(experts[left - 1], experts[words.bounded(next++, left)]);
      }
      return ExpertSlots(experts);
    };
    const ExpertSlots from = random_slots(13);  // uneven
    const ExpertSlots to = random_slots(20);
    const auto held = [](const ExpertSlots& slots) {
      std::vector<std::set<std::int32_t>> result(ranks);
      const auto blocks = ExpertPlacement::contiguous(slots.slots(), ranks);
      for (int slot = 0; slot < slots.slots(); ++slot) {
        result[static_cast<std::size_t>(blocks.rank_of(slot))].insert(slots.expert_of(slot));
      }
      return result;
    };
    const auto before = held(from);
    auto after = before;
    for (const ExpertMove& move : expert_moves(from, to, ranks)) {
      EXPECT_TRUE(before[static_cast<std::size_t>(move.from)].contains(move.expert));
      EXPECT_TRUE(after[static_cast<std::size_t>(move.to)].insert(move.expert).second);
    }
    const auto wanted = held(to);
    for (std::size_t rank = 0; rank < ranks; ++rank) {
      EXPECT_TRUE(std::ranges::includes(after[rank], wanted[rank]));
    }
  }
}

}  // namespace
}  // namespace moemark
