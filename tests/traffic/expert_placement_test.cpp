// Contiguous placement, with experts that do not divide by the ranks.
#include "traffic/expert_placement.hpp"

#include <gtest/gtest.h>

#include "traffic/expert_groups.hpp"

namespace moemark {
namespace {

TEST(ExpertPlacement, TheFirstRanksHoldOneMore) {
  const auto placement = ExpertPlacement::contiguous(60, 8);
  EXPECT_EQ(placement.experts(), 60);
  EXPECT_EQ(placement.ranks(), 8);
  EXPECT_EQ(placement.max_count(), 8);
  for (int rank = 0; rank < 8; ++rank) {
    EXPECT_EQ(placement.count(rank), rank < 4 ? 8 : 7);
    for (int e = placement.first(rank); e < placement.first(rank + 1); ++e) {
      EXPECT_EQ(placement.rank_of(e), rank);
    }
  }
  EXPECT_EQ(placement.first(8), 60);
}

TEST(ExpertPlacement, ManyRanksLeaveSomeEmpty) {
  const auto placement = ExpertPlacement::contiguous(2, 5);
  EXPECT_EQ(placement.count(1), 1);
  EXPECT_EQ(placement.count(4), 0);
  EXPECT_EQ(placement.max_count(), 1);
  EXPECT_EQ(ExpertPlacement::contiguous(7, 1).count(0), 7);
}

TEST(ExpertGroups, OwnersLieInTheSourcesGroup) {
  const ExpertGroups groups{8, 4, ExpertPlacement::contiguous(8, 4), Topology::blocks(8, 4)};
  EXPECT_EQ(groups.groups(), 2);
  EXPECT_EQ(groups.owner(1, 7), 3);
  EXPECT_EQ(groups.owner(4, 7), 7);
  EXPECT_EQ(groups.first_rank(1), 4);
}

}  // namespace
}  // namespace moemark
