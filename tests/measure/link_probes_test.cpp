// Probed links: which exist, what holds between them, and that every rank has the same.
#include "measure/link_probes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace moemark::measure {
namespace {

constexpr std::size_t small = 256 << 10U;

class LinkProbesTest : public testing::Test {
 protected:
  // Checks what holds on any machine.
  LinkRates probe(const Topology& topology, const ProbedLinks& wanted = {},
                  std::size_t memory_bytes = small) {
    const LinkRates links = probe_links(world, topology, wanted, memory_bytes, stream);
    const std::array rates = {links.port_intra, links.port_inter, links.node_intra,
                              links.node_inter};
    for (const double rate : rates) EXPECT_TRUE(std::isfinite(rate));
    EXPECT_GE(links.node_intra, links.port_intra);
    EXPECT_GE(links.node_inter, links.port_inter);
    const auto all = world.all_gather_values(std::span<const double>(rates));
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], rates[i % rates.size()]);
    return links;
  }

  comm::Communicator world = comm::Communicator::world();
  device::Stream stream;
};

TEST_F(LinkProbesTest, OneNodeHasNoLinkBetweenNodes) {
  const LinkRates links = probe(Topology::blocks(world.size(), world.size()));
  EXPECT_EQ(links.port_intra > 0.0, world.size() > 1);
  EXPECT_EQ(links.port_inter, 0.0);
  EXPECT_EQ(links.node_inter, 0.0);
}

TEST_F(LinkProbesTest, NodesOfOneRankHaveNoLinkInside) {
  const LinkRates links = probe(Topology::blocks(world.size(), 1));
  EXPECT_EQ(links.port_inter > 0.0, world.size() > 1);
  EXPECT_EQ(links.port_intra, 0.0);
  EXPECT_EQ(links.node_intra, 0.0);
}

TEST_F(LinkProbesTest, NodesOfTwoHaveBoth) {
  const LinkRates links = probe(Topology::blocks(world.size(), 2));
  EXPECT_EQ(links.port_intra > 0.0, world.size() > 1);
  EXPECT_EQ(links.port_inter > 0.0, world.size() > 2);
}

TEST_F(LinkProbesTest, OnlyWhatIsAskedFor) {
  const LinkRates links = probe(Topology::blocks(world.size(), 2), {.intra = false});
  EXPECT_EQ(links.node_intra, 0.0);
  EXPECT_EQ(links.node_inter > 0.0, world.size() > 2);
}

TEST_F(LinkProbesTest, HaveARateInHoweverLittleMemory) {
  const LinkRates links = probe(Topology::blocks(world.size(), world.size()), {}, 0);
  EXPECT_EQ(links.node_intra > 0.0, world.size() > 1);
}

TEST(Larger, IsTakenRateByRate) {
  const LinkRates links = larger({1, 4, 5, 8}, {2, 3, 6, 7});
  EXPECT_EQ(links.port_intra, 2);
  EXPECT_EQ(links.port_inter, 4);
  EXPECT_EQ(links.node_intra, 6);
  EXPECT_EQ(links.node_inter, 8);
}

}  // namespace
}  // namespace moemark::measure
