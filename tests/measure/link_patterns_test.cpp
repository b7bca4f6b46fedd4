// Who sends to whom while a link is probed: by hand on small topologies.
#include "measure/link_patterns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace moemark::measure {
namespace {

using testing::UnorderedElementsAre;

const Topology one_node = Topology::blocks(3, 3);
const Topology two_nodes = Topology::blocks(4, 2);
const Topology uneven = Topology(std::vector<int>{0, 1, 1});

TEST(HasLink, OnlyWhereTwoRanksHaveOne) {
  EXPECT_FALSE(has_link(Topology::blocks(1, 1), LinkClass::intra));
  EXPECT_FALSE(has_link(Topology::blocks(1, 1), LinkClass::inter));
  EXPECT_TRUE(has_link(one_node, LinkClass::intra));
  EXPECT_FALSE(has_link(one_node, LinkClass::inter));
  EXPECT_TRUE(has_link(two_nodes, LinkClass::intra));
  EXPECT_TRUE(has_link(two_nodes, LinkClass::inter));
  EXPECT_FALSE(has_link(Topology::blocks(4, 1), LinkClass::intra));
  EXPECT_THROW(flows_of(Pattern::pair, one_node, LinkClass::inter, 0), std::invalid_argument);
}

TEST(Flows, OfAPortInsideANode) {
  const LinkClass link = LinkClass::intra;
  EXPECT_THAT(flows_of(Pattern::fan_out, one_node, link, 0),
              UnorderedElementsAre(Flow{0, 1}, Flow{0, 2}));
  EXPECT_THAT(flows_of(Pattern::fan_in, one_node, link, 1),
              UnorderedElementsAre(Flow{2, 1}, Flow{0, 1}));
  // The only node with two ranks.
  EXPECT_THAT(flows_of(Pattern::fan_out, uneven, link, 0), UnorderedElementsAre(Flow{1, 2}));
}

TEST(Flows, OfAPortBetweenNodes) {
  const LinkClass link = LinkClass::inter;
  EXPECT_THAT(flows_of(Pattern::fan_out, two_nodes, link, 1),
              UnorderedElementsAre(Flow{1, 2}, Flow{1, 3}));
  EXPECT_THAT(flows_of(Pattern::fan_in, two_nodes, link, 0),
              UnorderedElementsAre(Flow{2, 0}, Flow{3, 0}));
}

TEST(Flows, OfAWholeNode) {
  EXPECT_THAT(flows_of(Pattern::out_of_ranks, two_nodes, LinkClass::intra, 0),
              UnorderedElementsAre(Flow{0, 1}, Flow{1, 0}));
  EXPECT_THAT(flows_of(Pattern::out_of_ranks, two_nodes, LinkClass::inter, 0),
              UnorderedElementsAre(Flow{0, 2}, Flow{0, 3}, Flow{1, 2}, Flow{1, 3}));
  EXPECT_THAT(flows_of(Pattern::into_ranks, two_nodes, LinkClass::inter, 0),
              UnorderedElementsAre(Flow{2, 0}, Flow{3, 0}, Flow{2, 1}, Flow{3, 1}));
}

TEST(Flows, PairsGoThroughTheRanksOfTheNodeAndTheirPartners) {
  std::set<std::pair<int, int>> seen;
  for (int turn = 0; turn < 6; ++turn) {
    const Flows flows = flows_of(Pattern::pair, Topology::blocks(6, 2), LinkClass::inter, turn);
    ASSERT_EQ(flows.size(), 1U);
    EXPECT_LT(flows.front().from, 2);
    EXPECT_GE(flows.front().to, 2);
    seen.emplace(flows.front().from, flows.front().to);
  }
  EXPECT_GE(seen.size(), 4U);
}

TEST(Flows, OfManyRanksStopAtSixteenPartnersAndLoadPortsAlike) {
  const Topology large = Topology::blocks(64, 64);
  EXPECT_EQ(flows_of(Pattern::fan_in, large, LinkClass::intra, 5).size(), 16U);
  std::map<int, int> out;
  std::map<int, int> in;
  for (const Flow& flow : flows_of(Pattern::out_of_ranks, large, LinkClass::intra, 0)) {
    ++out[flow.from];
    ++in[flow.to];
  }
  for (int rank = 0; rank < 64; ++rank) {
    EXPECT_EQ(out[rank], 16);
    EXPECT_EQ(in[rank], 16);
  }
}

}  // namespace
}  // namespace moemark::measure
