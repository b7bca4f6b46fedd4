// The --placement specs and the slots that they give.
#include "traffic/placement/placement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "model/errors.hpp"
#include "routing/philox.hpp"
#include "traffic/expert_placement.hpp"

namespace moemark {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

ExpertSlots placed(const std::string& text, const PlacementShape& shape,
                   std::span<const double> weights = {}, std::uint64_t seed = 1) {
  return place_experts(parse_placement(text), shape, weights, seed);
}

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const UsageError& error) {
    return error.what();
  } catch (const CaseSkipped& skipped) {
    return skipped.what();
  }
  return "";
}

TEST(Placement, ContiguousIsTheIdentity) {
  EXPECT_TRUE(placed("contiguous", {.experts = 7, .ranks = 3}).is_identity());
}

TEST(Placement, StridedPutsExpertEOnRankEModR) {
  const ExpertSlots slots = placed("strided", {.experts = 7, .ranks = 3});
  EXPECT_THAT(slots.expert_of_each(), ElementsAre(0, 3, 6, 1, 4, 2, 5));
  const auto blocks = ExpertPlacement::contiguous(7, 3);
  for (int expert = 0; expert < 7; ++expert) {
    EXPECT_EQ(blocks.rank_of(slots.slots_of(expert).front()), expert % 3);
  }
}

TEST(Placement, RandomIsTheShuffleOfItsStream) {
  const PlacementShape shape{.experts = 60, .ranks = 8};
  const ExpertSlots slots = placed("random", shape, {}, 5);
  std::vector<std::int32_t> expected(60);
  for (int e = 0; e < 60; ++e) expected[static_cast<std::size_t>(e)] = e;
  RandomWords words(5, RandomStream::placement, 0, 0, 0);
  for (std::uint32_t i = 0; i < 59; ++i) {
    std::swap(expected[59 - i], expected[words.bounded(i, 60 - i)]);
  }
  EXPECT_THAT(slots.expert_of_each(), ElementsAreArray(expected));
  EXPECT_EQ(slots.replicas(), 0);
  EXPECT_NE(slots, placed("random", shape, {}, 6));
}

TEST(Placement, PlannedOnesCopyWhatIsHot) {
  const std::array<double, 4> weights = {1, 8, 1, 1};
  const ExpertSlots slots =
      placed("eplb-global", {.experts = 4, .replicas = 4, .ranks = 4}, weights);
  EXPECT_EQ(slots.slots(), 8);
  EXPECT_EQ(slots.slots_of(1).size(), 5U);
}

TEST(Placement, HierarchicalNeedsGroupsThatNodesDivide) {
  std::vector<double> weights(12);
  for (std::size_t e = 0; e < 12; ++e) weights[e] = static_cast<double>(e * e % 7 + 1);
  PlacementShape shape{.experts = 12, .replicas = 4, .ranks = 8, .nodes = 2, .groups = 4};
  const ExpertSlots global = placed("eplb-global", shape, weights);
  EXPECT_NE(placed("eplb-hier", shape, weights), global);
  shape.groups = 1;
  EXPECT_EQ(placed("eplb-hier", shape, weights), global);
  shape.groups = 4;
  shape.nodes = 3;  // does not divide the ranks
  EXPECT_EQ(placed("eplb-hier", shape, weights), global);
}

TEST(Placement, SlotsThatRanksDoNotDivideAreRefused) {
  const std::vector<double> weights(8, 1.0);
  EXPECT_THAT(
      refusal([&] { placed("eplb-global", {.experts = 8, .replicas = 1, .ranks = 4}, weights); }),
      HasSubstr("8 experts and 1 replicas make 9 slots, which 4 ranks do not divide"));
  Placement file = parse_placement("file:x.json");
  file.in_file = ExpertSlots({0, 1, 0});
  EXPECT_THAT(refusal([&] { place_experts(file, {.experts = 2, .ranks = 2}, {}, 1); }),
              HasSubstr("make 3 slots, which 2 ranks do not divide"));
  EXPECT_THAT(refusal([&] { place_experts(file, {.experts = 3, .ranks = 3}, {}, 1); }),
              HasSubstr("places 2 experts, this model has 3"));
  EXPECT_EQ(place_experts(file, {.experts = 2, .ranks = 3}, {}, 1), *file.in_file);
}

TEST(Placement, SpecsAreReadOrRefused) {
  EXPECT_EQ(parse_placement("file:a/b.json").path(), "a/b.json");
  for (const char* wrong : {"", "eplb", "file:", "Contiguous", "strided:2"}) {
    const std::string sentence = refusal([&] { parse_placement(wrong); });
    EXPECT_THAT(sentence, HasSubstr("--placement: '" + std::string(wrong) + "' is not allowed"));
  }
}

TEST(PlacementFile, IsAListOfExpertsInSlotOrder) {
  EXPECT_EQ(parse_placement_file("f", "[1,0]"), ExpertSlots({1, 0}));
  EXPECT_EQ(parse_placement_file("f", " [ 0 ,\n 1\t,1,0]\r\n"), ExpertSlots({0, 1, 1, 0}));
}

TEST(PlacementFile, SaysAtWhichByteItIsWrong) {
  const auto said = [](std::string_view text) {
    return refusal([&] { parse_placement_file("--placement: 'f'", text); });
  };
  EXPECT_EQ(said(""), "--placement: 'f': byte 0 is the end; allowed: a list in [ ]");
  EXPECT_EQ(said("{}"), "--placement: 'f': byte 0 is '{'; allowed: a list in [ ]");
  EXPECT_THAT(said("[0, 1"), HasSubstr("byte 5 is the end; allowed: ',' or ']'"));
  EXPECT_THAT(said("[0, 1] 2"), HasSubstr("byte 7 is '2'; allowed: nothing behind the list"));
  for (const char* wrong : {"[0,-1]", "[0,01]", "[0,65536]", "[0,99999999999]", "[0,\"1\"]", "[0,]",
                            "[0,[1]]", "[0,\x01]"}) {
    EXPECT_THAT(said(wrong), HasSubstr("byte 3 is ")) << wrong;
    EXPECT_THAT(said(wrong), HasSubstr("allowed: a whole number from 0 to 65535")) << wrong;
  }
  EXPECT_THAT(said("[0,1.5]"), HasSubstr("byte 4 is '.'; allowed: ',' or ']'"));
  EXPECT_THAT(said("[]"), HasSubstr("byte 1 is ']'; allowed: a whole number"));
  EXPECT_THAT(said("[0,2,0]"), HasSubstr("expert 1 has no slot; allowed: each of 0 to 2"));
}

}  // namespace
}  // namespace moemark
