// Small tables counted by hand.
#include "traffic/traffic_matrix.hpp"

#include <gtest/gtest.h>

#include "model/errors.hpp"

namespace moemark {
namespace {

using Counts = std::vector<std::int64_t>;

RoutingTable table(int tokens, int topk, std::vector<std::int32_t> ids) {
  RoutingTable result(tokens, topk);
  result.topk_ids = std::move(ids);
  return result;
}

// 4 ranks on 2 nodes, 2 experts a rank.
ExpertGroups two_nodes(int ep) {
  return {4, ep, ExpertPlacement::contiguous(2 * ep, ep), Topology::blocks(4, 2)};
}

TEST(TrafficRow, CountsPairsTokensAndNodes) {
  const auto row = traffic_row(table(4, 3,
                                     {0, 1, 2,     // ranks 0 0 1: one node
                                      1, 4, 7,     // ranks 0 2 3: two nodes
                                      -1, -1, -1,  // masked
                                      6, -1, 7}),  // rank 3 twice
                               two_nodes(4), 1);
  EXPECT_EQ(row.tokens, 4);
  EXPECT_EQ(row.n, (Counts{3, 1, 1, 3}));
  EXPECT_EQ(row.u, (Counts{2, 1, 1, 2}));
  EXPECT_EQ(row.v, (Counts{2, 2}));
  EXPECT_EQ(row.c, (Counts{1, 2, 1, 0, 1, 0, 1, 2}));
  EXPECT_EQ(row.nodes_per_token_max, 2);
  EXPECT_EQ(row.to_other_ranks, 3);  // rank 1's own expert does not make token 0 stay
  EXPECT_EQ(row.to_other_nodes, 2);
}

TEST(TrafficRow, OneNeedElsewhereIsEnoughToLeave) {
  const auto row = traffic_row(table(4, 2,
                                     {2, 3,    // own rank only
                                      2, 0,    // and the other rank of the node
                                      2, 7,    // and another node
                                      4, 5}),  // another node only
                               two_nodes(4), 1);
  EXPECT_EQ(row.to_other_ranks, 3);
  EXPECT_EQ(row.to_other_nodes, 2);
}

TEST(TrafficRow, GroupsSendInsideTheirOwnRanks) {
  const auto ids = table(2, 1, {3, 0});
  EXPECT_EQ(traffic_row(ids, two_nodes(2), 0).n, (Counts{1, 1, 0, 0}));
  EXPECT_EQ(traffic_row(ids, two_nodes(2), 3).n, (Counts{0, 0, 1, 1}));
  EXPECT_EQ(traffic_row(ids, two_nodes(2), 3).v, (Counts{0, 2}));
  EXPECT_EQ(traffic_row(ids, two_nodes(2), 3).c, (Counts{1, 0, 0, 1}));
}

TEST(TrafficRow, AnImpossibleIdIsAWrongResult) {
  EXPECT_THROW(traffic_row(table(1, 1, {8}), two_nodes(4), 0), WrongResult);
  EXPECT_THROW(traffic_row(table(1, 1, {-2}), two_nodes(4), 0), WrongResult);
}

TEST(TrafficMatrices, HoldOneRowPerSource) {
  const auto groups = two_nodes(4);
  TrafficMatrices all(groups);
  EXPECT_EQ(all.assignments(), 0);
  EXPECT_EQ(all.tokens_max(), 0);
  EXPECT_EQ(all.expert_cell_max(), 0);
  all.set_row(0, traffic_row(table(1, 2, {0, 7}), groups, 0));
  all.set_row(2, traffic_row(table(3, 1, {5, 5, -1}), groups, 2));
  EXPECT_EQ(all.assignments(), 4);
  EXPECT_EQ(all.tokens_max(), 3);
  EXPECT_EQ(all.expert_cell_max(), 2);
  EXPECT_EQ(all.nodes_per_token_max, 2);
  EXPECT_EQ(all.n.at(2, 2), 2);
  EXPECT_EQ(all.n.at(0, 3), 1);
  EXPECT_EQ(all.v.at(2, 1), 2);
  EXPECT_EQ(all.c.at(2, 5), 2);
  EXPECT_EQ(all.n.rows(), 4);
  EXPECT_EQ(all.v.columns(), 2);
  EXPECT_EQ(all.to_other_ranks, (Counts{1, 0, 0, 0}));
  EXPECT_EQ(all.to_other_nodes, (Counts{1, 0, 0, 0}));
}

}  // namespace
}  // namespace moemark
