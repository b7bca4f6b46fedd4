// The bounds of small routings worked out by hand, and what they refuse.
#include "traffic/lower_bound.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace moemark {
namespace {

constexpr std::size_t row_bytes = 1000;  // at 1 GB/s a row takes 1 us

// One expert a rank; tokens[s][t] lists the ranks of the group that token t of s needs.
using Needs = std::vector<std::vector<std::vector<int>>>;

TrafficMatrices traffic_of(const ExpertGroups& groups, const Needs& tokens) {
  TrafficMatrices all(groups);
  for (int s = 0; s < groups.ranks; ++s) {
    const auto& mine = tokens[static_cast<std::size_t>(s)];
    RoutingTable table(static_cast<int>(mine.size()), groups.ep);
    for (int t = 0; t < table.tokens; ++t) {
      std::ranges::copy(mine[static_cast<std::size_t>(t)], table.ids(t).begin());
    }
    all.set_row(s, traffic_row(table, groups, s));
  }
  return all;
}

ExpertGroups one_expert_a_rank(int ep, const Topology& topology) {
  return {topology.ranks(), ep, ExpertPlacement::contiguous(ep, ep), topology};
}

// 4 ranks on 2 nodes. Rank 0: a token for everyone, two for rank 2, one for rank 1. Rank 3: a token
// for ranks 0 and 1.
struct TwoNodes {
  ExpertGroups groups = one_expert_a_rank(4, Topology::blocks(4, 2));
  TrafficMatrices traffic = traffic_of(groups, {{{0, 1, 2, 3}, {2}, {2}, {1}}, {}, {}, {{0, 1}}});
};

// Makes one link the slowest by far.
constexpr double fast = 1e6;

TEST(DirectBound, IsTheSlowestPortOrNode) {
  const TwoNodes two;
  const auto us = [&](const LinkRates& links) {
    return direct_bound_us(two.traffic.u, two.groups, row_bytes, links);
  };
  // Rows: 0->1 2, 0->2 3, 0->3 1, 3->0 1, 3->1 1.
  EXPECT_DOUBLE_EQ(
      us({.port_intra = 1, .port_inter = fast, .node_intra = fast, .node_inter = fast}), 2.0);
  EXPECT_DOUBLE_EQ(
      us({.port_intra = fast, .port_inter = 1, .node_intra = fast, .node_inter = fast}), 4.0);
  EXPECT_DOUBLE_EQ(
      us({.port_intra = fast, .port_inter = fast, .node_intra = 1, .node_inter = fast}), 2.0);
  EXPECT_DOUBLE_EQ(
      us({.port_intra = fast, .port_inter = fast, .node_intra = fast, .node_inter = 1}), 4.0);
  EXPECT_DOUBLE_EQ(us({.port_intra = 4, .port_inter = 2, .node_intra = 4, .node_inter = 8}), 2.0);
}

TEST(DirectBound, InAndOutAreApart) {
  const auto groups = one_expert_a_rank(4, Topology::blocks(4, 4));
  const auto traffic = traffic_of(groups, {{{3}}, {{3}}, {{3}}, {{0}, {1}}});
  // Rank 3 receives 3 and sends 2: never 5. The node moves 5.
  const LinkRates links{.port_intra = 1, .node_intra = 10};
  EXPECT_DOUBLE_EQ(direct_bound_us(traffic.u, groups, row_bytes, links), 3.0);
  EXPECT_DOUBLE_EQ(
      direct_bound_us(traffic.u, groups, row_bytes, {.port_intra = 1, .node_intra = 1}), 5.0);
}

TEST(DirectBound, TakesAnyMatrixOfRows) {
  const auto groups = one_expert_a_rank(2, Topology::blocks(2, 1));
  CountMatrix padded(2, 2);
  padded.at(0, 0) = padded.at(0, 1) = padded.at(1, 0) = padded.at(1, 1) = 7;
  const LinkRates links{.port_inter = 2, .node_inter = 2};
  EXPECT_DOUBLE_EQ(direct_bound_us(padded, groups, row_bytes, links), 3.5);
}

TEST(HierarchicalBound, CountsBothHops) {
  const TwoNodes two;
  const auto us = [&](const LinkRates& links) {
    return *hierarchical_bound_us(two.traffic, two.groups, row_bytes, links);
  };
  // Rail: 0->2 3 (once for ranks 2 and 3 together), 3->1 1. Node: 0->1 2, 2->3 1, and 1->0 1.
  EXPECT_DOUBLE_EQ(
      us({.port_intra = 1, .port_inter = fast, .node_intra = fast, .node_inter = fast}), 2.0);
  EXPECT_DOUBLE_EQ(
      us({.port_intra = fast, .port_inter = 1, .node_intra = fast, .node_inter = fast}), 3.0);
  EXPECT_DOUBLE_EQ(
      us({.port_intra = fast, .port_inter = fast, .node_intra = 1, .node_inter = fast}), 3.0);
  EXPECT_DOUBLE_EQ(
      us({.port_intra = fast, .port_inter = fast, .node_intra = fast, .node_inter = 1}), 3.0);
}

TEST(HierarchicalBound, RailPeersShareAPort) {
  const auto groups = one_expert_a_rank(6, Topology::blocks(6, 2));
  // Ranks 0, 2 and 4 form a rail. What 2 and 4 send to rank 1 all lands on rank 0.
  const auto traffic = traffic_of(groups, {{{1}}, {}, {{1}, {1}}, {}, {{1}}, {}});
  const LinkRates intra{
      .port_intra = 1, .port_inter = fast, .node_intra = fast, .node_inter = fast};
  EXPECT_DOUBLE_EQ(*hierarchical_bound_us(traffic, groups, row_bytes, intra), 4.0);
  const LinkRates inter{
      .port_intra = fast, .port_inter = 1, .node_intra = fast, .node_inter = fast};
  EXPECT_DOUBLE_EQ(*hierarchical_bound_us(traffic, groups, row_bytes, inter), 3.0);
}

TEST(HierarchicalBound, NeedsEvenNodes) {
  const auto uneven = one_expert_a_rank(3, Topology::blocks(3, 2));
  const auto traffic = traffic_of(uneven, {{{2}}, {}, {}});
  EXPECT_FALSE(hierarchical_bound_us(traffic, uneven, row_bytes, {1, 1, 1, 1}).has_value());
  // Round robin and a group on one node of an uneven job are even.
  const auto robin = one_expert_a_rank(4, Topology({0, 1, 0, 1}));
  const auto crossing = traffic_of(robin, {{{3}}, {}, {}, {}});  // 0 -> 1 -> 3
  EXPECT_DOUBLE_EQ(*hierarchical_bound_us(crossing, robin, row_bytes, {.5, 1, 1, 1}), 2.0);
  const auto blocks = one_expert_a_rank(2, Topology({0, 0, 1, 1, 2, 2}));
  EXPECT_TRUE(hierarchical_bound_us(traffic_of(blocks, Needs(6)), blocks, row_bytes, {1, 1, 1, 1})
                  .has_value());
}

TEST(StrictBound, IsTheLargestOfFive) {
  const TwoNodes two;
  const auto us = [&](const LinkRates& links) {
    return strict_bound_us(two.traffic, two.groups, row_bytes, links);
  };
  // Into node 1: 3 rows; out of node 0: 3; into ranks 1 2 3 1; out of rank 0: 4 distinct tokens,
  // out of rank 3: 1; delivered on nodes: 4 and 4.
  EXPECT_DOUBLE_EQ(us({fast, fast, fast, 1}), 3.0);
  EXPECT_DOUBLE_EQ(us({1, 0.5, fast, fast}), 4.0 / 1.5);
  EXPECT_DOUBLE_EQ(us({fast, fast, 0.25, 1}), 4.0 / 1.25);
}

TEST(StrictBound, EveryAssignmentOfACombine) {
  const ExpertGroups groups{2, 2, ExpertPlacement::contiguous(6, 2), Topology::blocks(2, 1)};
  TrafficMatrices traffic(groups);
  RoutingTable table(2, 3);
  table.topk_ids = {3, 4, 5, 0, 1, 3};  // 4 assignments of 2 tokens go from rank 0 to rank 1
  traffic.set_row(0, traffic_row(table, groups, 0));
  const LinkRates links{.port_intra = 0, .port_inter = 1, .node_intra = 0, .node_inter = 1};
  EXPECT_DOUBLE_EQ(strict_bound_us(traffic, groups, row_bytes, links), 2.0);
  EXPECT_DOUBLE_EQ(strict_bound_us(traffic, groups, row_bytes, links, RowsMoved::every_assignment),
                   4.0);
  EXPECT_DOUBLE_EQ(balanced_bound_us(traffic, groups, row_bytes, links), 1.0);
  EXPECT_DOUBLE_EQ(
      balanced_bound_us(traffic, groups, row_bytes, links, RowsMoved::every_assignment), 2.0);
}

TEST(StrictBound, AGroupOnOneNodeCannotUseTheNetwork) {
  const auto groups = one_expert_a_rank(2, Topology::blocks(4, 2));
  const auto traffic = traffic_of(groups, {{{1}, {1}}, {}, {}, {}});
  const LinkRates links{.port_intra = 1, .port_inter = 9, .node_intra = 1, .node_inter = 9};
  EXPECT_DOUBLE_EQ(strict_bound_us(traffic, groups, row_bytes, links), 2.0);
}

TEST(Bounds, GroupsShareTheLinksOfANode) {
  // Two groups of two ranks, each with one rank on each of two nodes.
  const auto groups = one_expert_a_rank(2, Topology({0, 1, 0, 1}));
  const auto traffic = traffic_of(groups, {{{1}, {1}}, {}, {{1}}, {}});
  const LinkRates links{.port_intra = 1, .port_inter = 1, .node_intra = 1, .node_inter = 1};
  EXPECT_DOUBLE_EQ(direct_bound_us(traffic.u, groups, row_bytes, links), 3.0);
  EXPECT_DOUBLE_EQ(*hierarchical_bound_us(traffic, groups, row_bytes, links), 3.0);
  EXPECT_DOUBLE_EQ(strict_bound_us(traffic, groups, row_bytes, links), 3.0);
  EXPECT_DOUBLE_EQ(balanced_bound_us(traffic, groups, row_bytes, links), 1.5);
  EXPECT_DOUBLE_EQ(all_gather_bound_us(traffic, groups, row_bytes, links), 3.0);
}

TEST(BalancedBound, AveragesEveryKindOfLink) {
  const TwoNodes two;
  // Means: into nodes (1 + 3) / 2, out of ranks 5 / 4, into ranks 8 / 4, delivered 8 / 2.
  EXPECT_DOUBLE_EQ(balanced_bound_us(two.traffic, two.groups, row_bytes, {fast, fast, fast, 1}),
                   2.0);
  EXPECT_DOUBLE_EQ(balanced_bound_us(two.traffic, two.groups, row_bytes, {1, 1, fast, fast}), 1.0);
  EXPECT_DOUBLE_EQ(balanced_bound_us(two.traffic, two.groups, row_bytes, {fast, fast, .5, 2}), 1.6);
}

TEST(AllGatherBound, CountsThePadding) {
  const auto groups = one_expert_a_rank(4, Topology::blocks(4, 2));
  const auto traffic = traffic_of(groups, {{{0}, {0}, {0}}, {{1}}, {}, {}});  // T = 3
  EXPECT_DOUBLE_EQ(all_gather_bound_us(traffic, groups, row_bytes, {fast, fast, fast, 1}), 6.0);
  EXPECT_DOUBLE_EQ(all_gather_bound_us(traffic, groups, row_bytes, {1, 2, fast, fast}), 3.0);
  EXPECT_DOUBLE_EQ(all_gather_bound_us(traffic, groups, row_bytes, {fast, fast, 0.5, 4}), 4.0);
}

TEST(Bounds, LocalRoutingCostsNothingOnAnyLink) {
  const auto groups = one_expert_a_rank(4, Topology::blocks(4, 2));
  const auto traffic = traffic_of(groups, {{{0}, {0}}, {{1}}, {{2}}, {{3}}});
  const LinkRates none;
  EXPECT_EQ(direct_bound_us(traffic.n, groups, row_bytes, none), 0.0);
  EXPECT_EQ(direct_bound_us(traffic.u, groups, row_bytes, none), 0.0);
  EXPECT_EQ(hierarchical_bound_us(traffic, groups, row_bytes, none), 0.0);
  EXPECT_EQ(strict_bound_us(traffic, groups, row_bytes, none), 0.0);
  EXPECT_EQ(balanced_bound_us(traffic, groups, row_bytes, none), 0.0);
}

TEST(Bounds, RefuseRowsOnALinkWithoutARate) {
  const TwoNodes two;
  const LinkRates no_network{.port_intra = 1, .node_intra = 1};
  EXPECT_THROW(direct_bound_us(two.traffic.u, two.groups, row_bytes, no_network),
               std::invalid_argument);
  EXPECT_THROW((void)hierarchical_bound_us(two.traffic, two.groups, row_bytes, no_network),
               std::invalid_argument);
  EXPECT_THROW(strict_bound_us(two.traffic, two.groups, row_bytes, no_network),
               std::invalid_argument);
}

}  // namespace
}  // namespace moemark
