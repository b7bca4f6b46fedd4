// What must hold between n, u, v and c for every routing on every topology.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <tuple>

#include "routing/expert_draw.hpp"
#include "traffic/imbalance.hpp"
#include "traffic/traffic_matrix.hpp"

namespace moemark {
namespace {

constexpr int tokens = 96;
constexpr int topk = 4;

std::int64_t sum(std::span<const std::int64_t> values) {
  return std::accumulate(values.begin(), values.end(), std::int64_t{0});
}

// "one": every token to expert 0 only. "masked": uniform, a third of the entries gone and some
// tokens entirely.
RoutingTable routing(const std::string& kind, int experts, int rank) {
  if (kind == "one") {
    RoutingTable table(tokens, topk);
    for (int token = 0; token < tokens; ++token) table.ids(token)[0] = 0;
    return table;
  }
  const RoutingPlan plan{
      parse_skew(kind == "masked" ? "uniform" : kind), experts, topk, tokens, 3, 0};
  const auto shares = load_shares(plan.skew, experts, 3, {});
  auto table = planned_table(plan, shares, static_cast<std::uint32_t>(rank));
  if (kind == "masked") {
    for (std::size_t i = 0; i < table.size(); i += 3) table.topk_ids[i] = -1;
    std::ranges::fill(table.ids(5), -1);
  }
  return table;
}

std::int64_t valid_entries(const RoutingTable& table) {
  return static_cast<std::int64_t>(table.size()) - std::ranges::count(table.topk_ids, -1);
}

// A token that leaves is counted once: at most as often as it is needed there, at least as often as
// the place that needs most.
void expect_leaving_counts(const TrafficMatrices& all, const Topology& topology, int s) {
  std::int64_t ranks_sum = 0;
  std::int64_t ranks_max = 0;
  std::int64_t nodes_sum = 0;
  std::int64_t nodes_max = 0;
  for (int d = 0; d < topology.ranks(); ++d) {
    if (d == s) continue;
    ranks_sum += all.u.at(s, d);
    ranks_max = std::max(ranks_max, all.u.at(s, d));
  }
  for (int m = 0; m < topology.nodes(); ++m) {
    if (m == topology.node_of(s)) continue;
    nodes_sum += all.v.at(s, m);
    nodes_max = std::max(nodes_max, all.v.at(s, m));
  }
  const auto source = static_cast<std::size_t>(s);
  EXPECT_LE(all.to_other_ranks[source], std::min(ranks_sum, all.tokens[source]));
  EXPECT_GE(all.to_other_ranks[source], std::max(ranks_max, all.to_other_nodes[source]));
  EXPECT_LE(all.to_other_nodes[source], std::min(nodes_sum, all.tokens[source]));
  EXPECT_GE(all.to_other_nodes[source], nodes_max);
}

// Routing, ranks per node, EP size, experts.
class TrafficInvariants : public testing::TestWithParam<std::tuple<const char*, int, int, int>> {
 protected:
  static constexpr int ranks = 8;
};

TEST_P(TrafficInvariants, Hold) {
  const auto [kind, ranks_per_node, ep, experts] = GetParam();
  const ExpertGroups groups{ranks, ep, ExpertPlacement::contiguous(experts, ep),
                            Topology::blocks(ranks, ranks_per_node)};
  TrafficMatrices all(groups);
  std::int64_t valid = 0;
  for (int source = 0; source < ranks; ++source) {
    const auto table = routing(kind, experts, source);
    all.set_row(source, traffic_row(table, groups, source));
    valid += valid_entries(table);
  }
  EXPECT_EQ(all.assignments(), valid);
  EXPECT_EQ(sum(all.c.values()), valid);
  for (int s = 0; s < ranks; ++s) {
    EXPECT_EQ(sum(all.c.row(s)), sum(all.n.row(s)));
    expect_leaving_counts(all, groups.topology, s);
    std::vector<std::int64_t> u_on(static_cast<std::size_t>(groups.topology.nodes()), 0);
    for (int d = 0; d < ranks; ++d) {
      EXPECT_LE(all.u.at(s, d), std::min(all.n.at(s, d), std::int64_t{tokens}));
      EXPECT_LE(all.n.at(s, d), all.u.at(s, d) * topk);
      if (groups.group_of(s) != groups.group_of(d)) {
        EXPECT_EQ(all.n.at(s, d), 0);
      }
      u_on[static_cast<std::size_t>(groups.topology.node_of(d))] += all.u.at(s, d);
    }
    for (int m = 0; m < groups.topology.nodes(); ++m) {
      const auto on_node = u_on[static_cast<std::size_t>(m)];
      EXPECT_LE(all.v.at(s, m), std::min(std::int64_t{tokens}, on_node));
      EXPECT_GE(all.v.at(s, m) * groups.topology.ranks_per_node(), on_node);
      // With one rank a node, nodes and ranks are the same places.
      if (ranks_per_node == 1) {
        EXPECT_EQ(all.v.at(s, m), on_node);
      }
    }
  }
  EXPECT_LE(all.nodes_per_token_max, groups.topology.nodes_among(0, ep));

  const auto imbalance = imbalance_of(all, groups);
  EXPECT_GE(imbalance.expert_max_over_mean, imbalance.rank_max_over_mean * (1 - 1e-12));
  EXPECT_GE(imbalance.rank_max_over_mean, 1.0);
  EXPECT_GE(imbalance.node_max_over_mean, 1.0);
  EXPECT_LE(imbalance.node_max_over_mean, imbalance.rank_max_over_mean * (1 + 1e-12));
  EXPECT_LE(imbalance.copies_per_token_node, imbalance.copies_per_token_rank);
  EXPECT_LE(imbalance.copies_per_token_rank, topk);
  EXPECT_LE(imbalance.copies_per_token_node, static_cast<double>(imbalance.nodes_per_token_max));
}

INSTANTIATE_TEST_SUITE_P(AllShapes, TrafficInvariants,
                         testing::Combine(testing::Values("uniform", "balanced", "lognormal:0.75",
                                                          "zipf:1", "hot:1/0.5", "masked:0.3",
                                                          "one", "masked"),
                                          testing::Values(8, 4, 2, 1), testing::Values(8, 4, 2),
                                          testing::Values(32, 64)));

// Uneven experts and nodes: experts of a fuller rank break rank <= expert, so only the counts.
TEST(UnevenTraffic, CountsHoldWhereNothingDivides) {
  const ExpertGroups groups{7, 7, ExpertPlacement::contiguous(60, 7), Topology::blocks(7, 3)};
  for (const auto* kind : {"uniform", "zipf:1", "masked"}) {
    for (int source = 0; source < 7; ++source) {
      const auto table = routing(kind, 60, source);
      const auto row = traffic_row(table, groups, source);
      EXPECT_EQ(sum(row.n), valid_entries(table));
      EXPECT_EQ(sum(row.c), valid_entries(table));
      EXPECT_EQ(row.v[2], row.u[6]);  // a node of one rank
      EXPECT_LE(row.v[0], row.u[0] + row.u[1] + row.u[2]);
    }
  }
}

}  // namespace
}  // namespace moemark
