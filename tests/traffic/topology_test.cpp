// Nodes, local ranks, link classes and slices.
#include "traffic/topology.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace moemark {
namespace {

TEST(Topology, BlocksMayLeaveASmallerLastNode) {
  const auto topology = Topology::blocks(7, 3);
  EXPECT_EQ(topology.ranks(), 7);
  EXPECT_EQ(topology.nodes(), 3);
  EXPECT_EQ(topology.ranks_per_node(), 3);
  EXPECT_EQ(topology.node_of(5), 1);
  EXPECT_EQ(topology.node_of(6), 2);
  EXPECT_EQ(topology.local_rank(5), 2);
  EXPECT_EQ(topology.local_rank(6), 0);
  EXPECT_EQ(Topology::blocks(4, 8).nodes(), 1);
  EXPECT_EQ(Topology::blocks(4, 8).ranks_per_node(), 4);
  EXPECT_THROW(Topology::blocks(4, 0), std::invalid_argument);
  EXPECT_THROW(Topology::blocks(0, 4), std::invalid_argument);
}

TEST(Topology, NodesAreNumberedByFirstAppearance) {
  const Topology topology({40, -7, 40, 5, -7, 40});
  EXPECT_EQ(topology.nodes(), 3);
  const std::vector<int> node{0, 1, 0, 2, 1, 0};
  const std::vector<int> local{0, 0, 1, 0, 1, 2};
  for (int rank = 0; rank < 6; ++rank) {
    EXPECT_EQ(topology.node_of(rank), node[static_cast<std::size_t>(rank)]);
    EXPECT_EQ(topology.local_rank(rank), local[static_cast<std::size_t>(rank)]);
  }
  EXPECT_EQ(topology.ranks_per_node(), 3);
}

TEST(Topology, LinkClasses) {
  const auto topology = Topology::blocks(4, 2);
  EXPECT_EQ(topology.link(1, 1), LinkClass::self);
  EXPECT_EQ(topology.link(0, 1), LinkClass::intra);
  EXPECT_EQ(topology.link(1, 2), LinkClass::inter);
}

TEST(Topology, SlicesAreRenumbered) {
  const auto topology = Topology::blocks(8, 3);  // 000111 22
  const auto slice = topology.slice(2, 3);       // 0 11
  EXPECT_EQ(slice.ranks(), 3);
  EXPECT_EQ(slice.nodes(), 2);
  EXPECT_EQ(slice.node_of(0), 0);
  EXPECT_EQ(slice.node_of(1), 1);
  EXPECT_EQ(slice.local_rank(1), 0);
  EXPECT_EQ(topology.nodes_among(2, 5), 3);
  EXPECT_EQ(topology.nodes_among(3, 3), 1);
  EXPECT_EQ(topology.nodes_among(3, 0), 0);
  EXPECT_THROW((void)topology.slice(6, 3), std::out_of_range);
}

}  // namespace
}  // namespace moemark
