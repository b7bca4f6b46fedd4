// Load metrics of tables small enough to compute by hand, and published answers of uniform ones.
#include "traffic/imbalance.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <utility>

#include "routing/expert_draw.hpp"

namespace moemark {
namespace {

Imbalance imbalance(const ExpertGroups& groups, const std::vector<RoutingTable>& tables) {
  TrafficMatrices all(groups);
  for (int s = 0; s < groups.ranks; ++s) {
    all.set_row(s, traffic_row(tables[static_cast<std::size_t>(s)], groups, s));
  }
  return imbalance_of(all, groups);
}

RoutingTable to_experts(std::vector<std::int32_t> ids) {
  RoutingTable table(static_cast<int>(ids.size()), 1);
  table.topk_ids = std::move(ids);
  return table;
}

TEST(Imbalance, ByHand) {
  const ExpertGroups groups{4, 4, ExpertPlacement::contiguous(8, 4), Topology::blocks(4, 2)};
  // Loads of experts 0..7: 4 0 1 1 0 0 1 1; of ranks: 4 2 0 2; of nodes: 6 2.
  const auto result = imbalance(groups, {to_experts({0, 0}), to_experts({0, 0}), to_experts({2, 3}),
                                         to_experts({6, 7, -1, -1})});
  EXPECT_DOUBLE_EQ(result.expert_max_over_mean, 4.0);
  EXPECT_DOUBLE_EQ(result.expert_cv, std::sqrt((9.0 + 3 * 1.0) / 8.0));
  EXPECT_DOUBLE_EQ(result.rank_max_over_mean, 2.0);
  EXPECT_DOUBLE_EQ(result.node_max_over_mean, 1.5);
  EXPECT_DOUBLE_EQ(result.copies_per_token_rank, 0.8);  // masked tokens count
  EXPECT_DOUBLE_EQ(result.copies_per_token_node, 0.8);
  EXPECT_EQ(result.nodes_per_token_max, 1);
  EXPECT_DOUBLE_EQ(result.idle_fraction, 0.5);
}

TEST(Imbalance, ExpertsOfDifferentGroupsAreDifferentExperts) {
  const ExpertGroups groups{4, 2, ExpertPlacement::contiguous(2, 2), Topology::blocks(4, 4)};
  // Group 0 loads its expert 0 only, group 1 its expert 1 only: added up they would look even.
  const auto result =
      imbalance(groups, {to_experts({0}), to_experts({0}), to_experts({1}), to_experts({1})});
  EXPECT_DOUBLE_EQ(result.expert_max_over_mean, 2.0);
  EXPECT_DOUBLE_EQ(result.rank_max_over_mean, 2.0);
  EXPECT_DOUBLE_EQ(result.node_max_over_mean, 1.0);
}

TEST(Imbalance, NothingAssignedIsAllZero) {
  const ExpertGroups groups{2, 2, ExpertPlacement::contiguous(2, 2), Topology::blocks(2, 1)};
  const auto result = imbalance(groups, {to_experts({-1}), to_experts({})});
  EXPECT_EQ(result.expert_max_over_mean, 0.0);
  EXPECT_EQ(result.copies_per_token_rank, 0.0);
  EXPECT_EQ(result.idle_fraction, 0.0);
}

TEST(Imbalance, MaskedTokensCountInTheMeanOfCopies) {
  const ExpertGroups groups{2, 2, ExpertPlacement::contiguous(2, 2), Topology::blocks(2, 1)};
  const auto result = imbalance(groups, {to_experts({0, -1}), to_experts({0, 1})});
  EXPECT_DOUBLE_EQ(result.copies_per_token_rank, 0.75);
  EXPECT_DOUBLE_EQ(result.copies_per_token_node, 0.75);
}

TEST(Imbalance, UniformRoutingSpreadsAsPublished) {
  const RoutingPlan plan{parse_skew("uniform"), 256, 8, 2000, 1, 0};
  const auto shares = load_shares(plan.skew, 256, 1, {});
  std::vector<RoutingTable> tables;
  tables.reserve(16);
  for (std::uint32_t rank = 0; rank < 16; ++rank) {
    tables.push_back(planned_table(plan, shares, rank));
  }
  for (const auto& [ranks_per_node, nodes] :
       {std::pair{8, 1.993}, {4, 3.614}, {2, 5.295}, {1, 6.523}}) {
    const ExpertGroups groups{16, 16, ExpertPlacement::contiguous(256, 16),
                              Topology::blocks(16, ranks_per_node)};
    const auto result = imbalance(groups, tables);
    EXPECT_NEAR(result.copies_per_token_node, nodes, 0.02);
    EXPECT_NEAR(result.copies_per_token_rank, 6.523, 0.02);
    EXPECT_LT(result.rank_max_over_mean, 1.05);
  }
}

TEST(LoadSpread, EvenAndOnOneExpertAreTheEnds) {
  const LoadSpread even = load_spread(std::vector<double>(8, 3.0));
  EXPECT_DOUBLE_EQ(even.entropy, 1.0);
  EXPECT_NEAR(even.gini, 0.0, 1e-15);
  EXPECT_EQ(even.dead_experts, 0);
  const LoadSpread one = load_spread(std::array{0.0, 0.0, 5.0, 0.0});
  EXPECT_DOUBLE_EQ(one.entropy, 0.0);
  EXPECT_DOUBLE_EQ(one.gini, 0.75);
  EXPECT_EQ(one.dead_experts, 3);
}

// Gini: mean absolute difference of all pairs over twice the mean; entropy in bits over 2.
TEST(LoadSpread, IsThatOfTheDefinitions) {
  const std::array loads = {1.0, 2.0, 1.0, 4.0};
  const LoadSpread spread = load_spread(loads);
  double differences = 0.0;
  for (const double a : loads) {
    for (const double b : loads) differences += std::abs(a - b);
  }
  EXPECT_DOUBLE_EQ(spread.gini, differences / 16.0 / (2.0 * 2.0));
  EXPECT_DOUBLE_EQ(spread.entropy, (0.125 * 3 + 0.25 * 2 + 0.125 * 3 + 0.5 * 1) / 2.0);
  EXPECT_EQ(load_spread(std::array{7.0}).entropy, 1.0);
}

}  // namespace
}  // namespace moemark
