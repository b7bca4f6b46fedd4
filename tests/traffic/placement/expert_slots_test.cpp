// Slots and experts, both ways round, and the copy that a token takes.
#include "traffic/placement/expert_slots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "model/errors.hpp"

namespace moemark {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

TEST(ExpertSlots, CopiesOfAnExpertAreItsSlotsInOrder) {
  const ExpertSlots slots({2, 0, 1, 0, 2, 0});
  EXPECT_EQ(slots.slots(), 6);
  EXPECT_EQ(slots.experts(), 3);
  EXPECT_EQ(slots.replicas(), 3);
  EXPECT_THAT(slots.slots_of(0), ElementsAre(1, 3, 5));
  EXPECT_THAT(slots.slots_of(1), ElementsAre(2));
  EXPECT_THAT(slots.slots_of(2), ElementsAre(0, 4));
  EXPECT_EQ(slots.expert_of(4), 2);
}

TEST(ExpertSlots, ATokenTakesTheCopyOfItsTurn) {
  const ExpertSlots slots({2, 0, 1, 0, 2, 0});
  // (source + token) mod 3 copies.
  EXPECT_EQ(slots.slot_for(0, 0, 0), 1);
  EXPECT_EQ(slots.slot_for(0, 0, 1), 3);
  EXPECT_EQ(slots.slot_for(0, 1, 1), 5);
  EXPECT_EQ(slots.slot_for(0, 3, 7), 3);
  EXPECT_EQ(slots.slot_for(1, 5, 8), 2);
}

TEST(ExpertSlots, PlacesATableAndKeepsWeightsAndMaskedChoices) {
  RoutingTable table(2, 2);
  table.topk_ids = {0, 2, -1, 0};
  table.topk_weights = {0.5F, 0.25F, 0.0F, 1.0F};
  const RoutingTable placed = ExpertSlots({2, 0, 1, 0, 2, 0}).place(table, /*source=*/1);
  EXPECT_THAT(placed.topk_ids, ElementsAre(3, 4, -1, 5));
  EXPECT_THAT(placed.topk_weights, ElementsAreArray(table.topk_weights));
}

TEST(ExpertSlots, IdentityChangesNothing) {
  const ExpertSlots slots = ExpertSlots::identity(5);
  EXPECT_TRUE(slots.is_identity());
  EXPECT_EQ(slots.replicas(), 0);
  RoutingTable table(1, 3);
  table.topk_ids = {4, -1, 0};
  EXPECT_EQ(slots.place(table, 3).topk_ids, table.topk_ids);
  EXPECT_FALSE(ExpertSlots({1, 0}).is_identity());
}

TEST(ExpertSlots, AnIdThatIsNoExpertIsAWrongResult) {
  RoutingTable table(2, 1);
  table.topk_ids = {0, 3};
  try {
    static_cast<void>(ExpertSlots({0, 1, 2, 0}).place(table, 4));
    FAIL() << "placed an expert that there is not";
  } catch (const WrongResult& wrong) {
    EXPECT_THAT(wrong.what(), HasSubstr("rank 4 token 1: expert id 3"));
  }
}

TEST(ExpertSlots, EveryExpertNeedsASlot) {
  EXPECT_THROW(ExpertSlots({0, 2, 0}), std::invalid_argument);
  EXPECT_THROW(ExpertSlots({1}), std::invalid_argument);
  EXPECT_THROW(ExpertSlots({0, -1}), std::invalid_argument);
  EXPECT_THROW(ExpertSlots({0, 2147483647}), std::invalid_argument);
}

}  // namespace
}  // namespace moemark
