// What must hold between the bounds, for random routings on every topology, even and uneven.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "random_routing.hpp"
#include "traffic/lower_bound.hpp"

namespace moemark {
namespace {

constexpr std::size_t row_bytes = 96;
constexpr double rounding = 1 + 1e-12;
constexpr double fast = 1e9;

struct Shape {
  const char* name;
  std::vector<int> node_of_rank;
  int ep;
};

class BoundInvariants : public testing::TestWithParam<Shape> {
 protected:
  BoundInvariants() {
    const Topology topology(GetParam().node_of_rank);
    const int experts = 2 * GetParam().ep + 1;  // does not divide
    groups_ = {topology.ranks(), GetParam().ep, ExpertPlacement::contiguous(experts, GetParam().ep),
               topology};
  }
  // Calls check(traffic, links) for many routings and rates.
  template <typename Check>
  void for_all(const Check& check) const {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
      const RandomRouting how{seed, 1 + static_cast<int>(seed % 20), 1 + static_cast<int>(seed % 5),
                              seed % 11};
      RandomWords words(seed, RandomStream::skew, 1, 0, 0);
      const auto rate = [&](std::uint32_t i) { return 0.25 * (1.0 + words.bounded(i, 40)); };
      LinkRates links{rate(0), rate(1), 0, 0};
      links.node_intra = links.port_intra * (1 + 0.5 * words.bounded(2, 5));
      links.node_inter = links.port_inter * (1 + 0.5 * words.bounded(3, 5));
      check(random_traffic(how, groups_), links);
    }
  }
  // Nodes of the group that spans most.
  [[nodiscard]] int nodes_of_a_group() const {
    int most = 0;
    for (int g = 0; g < groups_.groups(); ++g) {
      most = std::max(most, groups_.topology.nodes_among(groups_.first_rank(g), groups_.ep));
    }
    return most;
  }

  ExpertGroups groups_{1, 1, ExpertPlacement::contiguous(1, 1), Topology::blocks(1, 1)};
};

TEST_P(BoundInvariants, CountsAreOrdered) {
  for_all([&](const TrafficMatrices& traffic, const LinkRates&) {
    for (int s = 0; s < groups_.ranks; ++s) {
      std::vector<std::int64_t> u_on(static_cast<std::size_t>(groups_.topology.nodes()), 0);
      const std::int64_t tokens = traffic.tokens[static_cast<std::size_t>(s)];
      for (int d = 0; d < groups_.ranks; ++d) {
        EXPECT_LE(traffic.u.at(s, d), std::min(traffic.n.at(s, d), tokens));
        u_on[static_cast<std::size_t>(groups_.topology.node_of(d))] += traffic.u.at(s, d);
      }
      for (int m = 0; m < groups_.topology.nodes(); ++m) {
        EXPECT_LE(traffic.v.at(s, m), std::min(tokens, u_on[static_cast<std::size_t>(m)]));
      }
      const auto pairs = traffic.n.row(s);
      const auto cells = traffic.c.row(s);
      EXPECT_EQ(std::accumulate(pairs.begin(), pairs.end(), std::int64_t{0}),
                std::accumulate(cells.begin(), cells.end(), std::int64_t{0}));
    }
  });
}

TEST_P(BoundInvariants, BoundsAreOrdered) {
  for_all([&](const TrafficMatrices& traffic, const LinkRates& links) {
    const double strict = strict_bound_us(traffic, groups_, row_bytes, links);
    const double unique = direct_bound_us(traffic.u, groups_, row_bytes, links);
    const double pairs = direct_bound_us(traffic.n, groups_, row_bytes, links);
    EXPECT_LE(balanced_bound_us(traffic, groups_, row_bytes, links), strict);
    EXPECT_LE(strict, unique * rounding);
    EXPECT_LE(unique, pairs);
    EXPECT_LE(strict, all_gather_bound_us(traffic, groups_, row_bytes, links) * rounding);
    if (const auto two_hops = hierarchical_bound_us(traffic, groups_, row_bytes, links)) {
      EXPECT_LE(strict, *two_hops * rounding);
      if (nodes_of_a_group() == 1) {
        EXPECT_DOUBLE_EQ(*two_hops, unique);
      }
    }
    const auto all = RowsMoved::every_assignment;
    const double unsummed = strict_bound_us(traffic, groups_, row_bytes, links, all);
    EXPECT_LE(strict, unsummed * rounding);
    EXPECT_LE(unsummed, pairs * rounding);
    EXPECT_LE(balanced_bound_us(traffic, groups_, row_bytes, links, all), unsummed);
  });
}

TEST_P(BoundInvariants, BoundsScaleWithRowsAndRates) {
  for_all([&](const TrafficMatrices& traffic, const LinkRates& links) {
    const double strict = strict_bound_us(traffic, groups_, row_bytes, links);
    EXPECT_DOUBLE_EQ(strict_bound_us(traffic, groups_, 2 * row_bytes, links), 2 * strict);
    const LinkRates doubled{2 * links.port_intra, 2 * links.port_inter, 2 * links.node_intra,
                            2 * links.node_inter};
    EXPECT_DOUBLE_EQ(strict_bound_us(traffic, groups_, row_bytes, doubled), strict / 2);
    const double direct = direct_bound_us(traffic.n, groups_, row_bytes, links);
    EXPECT_DOUBLE_EQ(direct_bound_us(traffic.n, groups_, row_bytes, doubled), direct / 2);
  });
}

// Token copies into other nodes: at most one a node and token, on the port that is busiest.
TEST_P(BoundInvariants, HierarchicalSendsATokenOnceANode) {
  const LinkRates only_network{fast, 1, fast, fast};
  for_all([&](const TrafficMatrices& traffic, const LinkRates&) {
    const auto us = hierarchical_bound_us(traffic, groups_, row_bytes, only_network);
    if (!us) return;
    const auto most = static_cast<double>((nodes_of_a_group() - 1) * traffic.tokens_max());
    EXPECT_LE(*us, most * static_cast<double>(row_bytes) / 1e3 + 1e-6);
  });
}

// Every group's experts on the token's own rank.
TEST_P(BoundInvariants, LocalRoutingIsFree) {
  TrafficMatrices traffic(groups_);
  for (int s = 0; s < groups_.ranks; ++s) {
    RoutingTable table(5, 1);
    std::ranges::fill(table.topk_ids, groups_.placement.first(s % groups_.ep));
    traffic.set_row(s, traffic_row(table, groups_, s));
  }
  const LinkRates links{1, 1, 1, 1};
  EXPECT_EQ(direct_bound_us(traffic.n, groups_, row_bytes, links), 0.0);
  EXPECT_EQ(direct_bound_us(traffic.u, groups_, row_bytes, links), 0.0);
  EXPECT_EQ(hierarchical_bound_us(traffic, groups_, row_bytes, links).value_or(0.0), 0.0);
  EXPECT_EQ(strict_bound_us(traffic, groups_, row_bytes, links), 0.0);
  EXPECT_EQ(strict_bound_us(traffic, groups_, row_bytes, links, RowsMoved::every_assignment), 0.0);
  EXPECT_EQ(balanced_bound_us(traffic, groups_, row_bytes, links), 0.0);
}

INSTANTIATE_TEST_SUITE_P(Shapes, BoundInvariants,
                         testing::Values(Shape{"OneRank", {0}, 1},
                                         Shape{"OneNode", {0, 0, 0, 0, 0, 0, 0, 0}, 8},
                                         Shape{"TwoNodes", {0, 0, 0, 0, 1, 1, 1, 1}, 8},
                                         Shape{"FourNodes", {0, 0, 1, 1, 2, 2, 3, 3}, 8},
                                         Shape{"OneRankANode", {0, 1, 2, 3, 4, 5, 6, 7}, 8},
                                         Shape{"RoundRobin", {0, 1, 2, 0, 1, 2}, 6},
                                         Shape{"Uneven", {0, 0, 0, 1, 1, 2, 0}, 7},
                                         Shape{"GroupsInsideNodes", {0, 0, 0, 0, 1, 1, 1, 1}, 2},
                                         Shape{"GroupsAcrossNodes", {0, 1, 0, 1, 0, 1, 0, 1}, 4},
                                         Shape{"GroupsOfBothKinds", {0, 0, 0, 1, 1, 1}, 2}),
                         [](const testing::TestParamInfo<Shape>& shape) {
                           return shape.param.name;
                         });

}  // namespace
}  // namespace moemark
