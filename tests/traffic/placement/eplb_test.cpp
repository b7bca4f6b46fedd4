// EPLB: the published example, its rules by hand, and what it does to recorded loads.
#include "traffic/placement/eplb.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>

#include "model/model_preset.hpp"
#include "routing/expert_counts.hpp"
#include "routing/philox.hpp"
#include "traffic/placement/expert_slots.hpp"

namespace moemark {
namespace {

using testing::ElementsAre;

std::vector<double> to_weights(std::span<const std::int64_t> counts) {
  return {counts.begin(), counts.end()};
}

// Largest over mean of the ranks' loads when every copy takes the same part of its expert's.
double imbalance(const std::vector<std::int32_t>& expert_of_slot, std::span<const double> load,
                 int ranks) {
  const ExpertSlots slots(expert_of_slot);
  std::vector<double> of_rank(static_cast<std::size_t>(ranks), 0.0);
  const int each = slots.slots() / ranks;
  for (int slot = 0; slot < slots.slots(); ++slot) {
    const int expert = slots.expert_of(slot);
    of_rank[static_cast<std::size_t>(slot / each)] +=
        load[static_cast<std::size_t>(expert)] / static_cast<double>(slots.slots_of(expert).size());
  }
  const double mean = std::accumulate(of_rank.begin(), of_rank.end(), 0.0) / ranks;
  return std::ranges::max(of_rank) / mean;
}

// The README of github.com/deepseek-ai/EPLB: 12 experts, 16 replicas, 4 groups, 2 nodes, 8 ranks.
constexpr EplbShape published = {.slots = 16, .ranks = 8, .nodes = 2, .groups = 4};
constexpr std::array<double, 12> layer_0 = {90, 132, 40, 61, 104, 165, 39, 4, 73, 56, 183, 86};
constexpr std::array<double, 12> layer_1 = {20, 107, 104, 64, 19, 197, 187, 157, 172, 86, 16, 27};

TEST(Eplb, ThePublishedExample) {
  EXPECT_THAT(eplb_hierarchical(layer_0, published),
              ElementsAre(5, 6, 5, 7, 8, 4, 3, 4, 10, 9, 10, 2, 0, 1, 11, 1));
  EXPECT_THAT(eplb_hierarchical(layer_1, published),
              ElementsAre(7, 10, 6, 8, 6, 11, 8, 9, 2, 4, 5, 1, 5, 0, 3, 1));
}

TEST(Eplb, GlobalBalancesThePublishedExampleBetter) {
  EXPECT_NEAR(imbalance(eplb_hierarchical(layer_0, published), layer_0, 8), 1.208, 5e-4);
  EXPECT_NEAR(imbalance(eplb_hierarchical(layer_1, published), layer_1, 8), 1.242, 5e-4);
  EXPECT_NEAR(imbalance(eplb_global(layer_0, published), layer_0, 8), 1.073, 5e-4);
  EXPECT_NEAR(imbalance(eplb_global(layer_1, published), layer_1, 8), 1.190, 5e-4);
}

TEST(Eplb, GroupsThatNodesDoNotDivideAreBalancedGlobally) {
  EplbShape shape = published;
  shape.groups = 3;
  EXPECT_EQ(eplb_hierarchical(layer_0, shape), eplb_global(layer_0, published));
}

TEST(Eplb, PackingTakesTheFirstOfEqualItemsAndPacks) {
  const Packing packing = pack_evenly(std::array{5.0, 7.0, 7.0, 5.0, 1.0, 1.0}, 2);
  // 1 -> pack 0, 2 -> pack 1, 0 -> pack 0, 3 -> pack 1, 4 -> pack 0, 5 -> pack 1.
  EXPECT_THAT(packing.pack, ElementsAre(0, 0, 1, 1, 0, 1));
  EXPECT_THAT(packing.place, ElementsAre(1, 0, 0, 1, 2, 2));
}

TEST(Eplb, AFullPackTakesNothingMore) {
  // 9 -> pack 0, then 1 1 1 would all go to pack 1, which has room for two.
  EXPECT_THAT(pack_evenly(std::array{1.0, 9.0, 1.0, 1.0}, 2).pack, ElementsAre(1, 0, 1, 0));
}

TEST(Eplb, OneItemAPackStaysInPlace) {
  EXPECT_THAT(pack_evenly(std::array{1.0, 9.0, 4.0}, 3).pack, ElementsAre(0, 1, 2));
  EXPECT_THAT(eplb_global(std::array{1.0, 9.0, 4.0}, {.slots = 3, .ranks = 3}),
              ElementsAre(0, 1, 2));
}

TEST(Eplb, CopiesGoToTheFullestTheFirstOfEquals) {
  // 12: two copies of 6, then of 4; 6 and 6 are equal after the first, 6 has the lower id.
  EXPECT_THAT(replicate(std::array{6.0, 12.0, 1.0}, 6), ElementsAre(0, 1, 2, 1, 0, 1));
}

TEST(Eplb, NoLoadAtAllStillGivesEveryExpertASlot) {
  const auto slots = eplb_global(std::vector<double>(6, 0.0), {.slots = 8, .ranks = 4});
  EXPECT_EQ(std::set(slots.begin(), slots.end()).size(), 6U);
}

TEST(Eplb, ShapesThatDoNotFitAreRefused) {
  const std::vector<double> weights(12, 1.0);
  EXPECT_THROW(eplb_global(weights, {.slots = 15, .ranks = 8}), std::invalid_argument);
  EXPECT_THROW(eplb_global(weights, {.slots = 8, .ranks = 8}), std::invalid_argument);
  EXPECT_THROW(eplb_hierarchical(weights, {.slots = 15, .ranks = 3, .nodes = 2, .groups = 4}),
               std::invalid_argument);
  EXPECT_THROW(eplb_hierarchical(weights, {.slots = 16, .ranks = 8, .nodes = 2, .groups = 8}),
               std::invalid_argument);
}

// Every group of experts stays on one node, whatever the loads.
TEST(Eplb, GroupsStayOnTheirNodes) {
  for (std::uint32_t draw = 0; draw < 50; ++draw) {
    RandomWords words(draw, RandomStream::skew, 0, 0, 0);
    std::vector<double> weights(32);
    for (std::uint32_t e = 0; e < 32; ++e) weights[e] = words.bounded(e, 1000);
    const auto slots =
        eplb_hierarchical(weights, {.slots = 48, .ranks = 8, .nodes = 4, .groups = 8});
    std::map<int, std::set<std::size_t>> nodes_of_group;
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      nodes_of_group[slots[slot] / 4].insert(slot / 12);
    }
    ASSERT_EQ(nodes_of_group.size(), 8U);
    for (const auto& [group, nodes] : nodes_of_group) EXPECT_EQ(nodes.size(), 1U) << group;
  }
}

struct Recorded {
  std::string model;
  std::string domain;
  int layer;
};

std::vector<double> recorded(const Recorded& what) {
  Skew skew;
  skew.kind = SkewKind::empirical;
  skew.model = what.model;
  skew.domain = what.domain;
  skew.layer = what.layer;
  return to_weights(recorded_counts(skew, data_folder() / "expert-counts.csv"));
}

const std::vector<std::string> olmoe_domains = {"arxiv",  "book", "c4",
                                                "github", "tulu", "wikipedia"};
constexpr std::array layers = {0, 7, 15};

TEST(Eplb, EightExtraSlotsLevelEveryRecordedLoadOfOlmoe) {
  std::vector<Recorded> all;
  for (const int layer : layers) {
    for (const std::string& domain : olmoe_domains) all.push_back({"olmoe", domain, layer});
    all.push_back({"olmoe-1b-7b-0924-instruct", "tulu", layer});
    all.push_back({"olmoe-1b-7b-0924-sft", "tulu", layer});
  }
  for (const Recorded& one : all) {
    const auto load = recorded(one);
    const auto plan = eplb_global(load, {.slots = 72, .ranks = 8});
    EXPECT_LE(imbalance(plan, load, 8), 1.03) << one.model << ' ' << one.domain << one.layer;
  }
}

TEST(Eplb, AStalePlanIsHardlyBetterThanNone) {
  std::vector<double> stale;
  for (const int layer : layers) {
    for (const std::string& planned_for : olmoe_domains) {
      const auto plan =
          eplb_global(recorded({"olmoe", planned_for, layer}), {.slots = 72, .ranks = 8});
      for (const std::string& met : olmoe_domains) {
        if (met == planned_for) continue;
        stale.push_back(imbalance(plan, recorded({"olmoe", met, layer}), 8));
      }
    }
  }
  std::ranges::sort(stale);
  const double median = 0.5 * (stale[stale.size() / 2 - 1] + stale[stale.size() / 2]);
  RecordProperty("least", std::to_string(stale.front()));
  RecordProperty("median", std::to_string(median));
  RecordProperty("most", std::to_string(stale.back()));
  EXPECT_EQ(stale.size(), 90U);
  EXPECT_NEAR(median, 1.35, 0.1);
  EXPECT_GE(stale.front(), 1.05);
  EXPECT_LE(stale.back(), 2.2);
}

}  // namespace
}  // namespace moemark
