// No algorithm beats the strict bound, and no strategy's bound beats the best algorithm: compared
// with the least time over all routes of tiny exchanges.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <stdexcept>

#include "random_routing.hpp"
#include "route_program.hpp"

namespace moemark {
namespace {

constexpr std::size_t row_bytes = 1000;

// Tokens with the same needs are one multicast.
std::vector<Multicast> multicasts(const RandomRouting& how, const ExpertGroups& groups) {
  std::map<std::pair<int, std::vector<int>>, std::int64_t> tokens;
  for (int s = 0; s < groups.ranks; ++s) {
    const RoutingTable table = random_table(how, groups.placement.experts(), s);
    for (int token = 0; token < table.tokens; ++token) {
      std::vector<int> needed;
      for (const std::int32_t id : table.ids(token)) {
        if (id >= 0 && groups.owner(s, id) != s) needed.push_back(groups.owner(s, id));
      }
      std::ranges::sort(needed);
      needed.erase(std::ranges::unique(needed).begin(), needed.end());
      if (!needed.empty()) ++tokens[{s, needed}];
    }
  }
  std::vector<Multicast> all;
  all.reserve(tokens.size());
  for (const auto& [key, rows] : tokens) all.push_back({key.first, key.second, rows});
  return all;
}

// Combine without partial sums: n[s][d] rows from d back to s.
std::vector<Multicast> assignments_back(const TrafficMatrices& traffic) {
  std::vector<Multicast> all;
  for (int s = 0; s < traffic.n.rows(); ++s) {
    for (int d = 0; d < traffic.n.rows(); ++d) {
      if (s != d && traffic.n.at(s, d) > 0) all.push_back({d, {s}, traffic.n.at(s, d)});
    }
  }
  return all;
}

const std::array<LinkRates, 5> rates{
    {{4, 1, 8, 2}, {1, 1, 1, 1}, {9, 1, 9, 1}, {1, 2, 1.5, 3}, {2, 8, 3, 8}}};

// Compared up to what the simplex method rounds.
constexpr double rounding = 1 + 1e-6;

class BoundSearch : public testing::TestWithParam<std::vector<int>> {
 protected:
  const Topology topology_{GetParam()};
  const ExpertGroups groups_{topology_.ranks(), topology_.ranks(),
                             ExpertPlacement::contiguous(2 * topology_.ranks(), topology_.ranks()),
                             topology_};
};

TEST_P(BoundSearch, DispatchByAnyRoute) {
  int cases = 0;
  int reached = 0;
  for (std::uint32_t seed = 0; seed < 6; ++seed) {
    const RandomRouting how{seed, 3, 3, 3 + seed % 2 * 4};
    const auto traffic = random_traffic(how, groups_);
    for (const LinkRates& links : rates) {
      const double least = least_time_us(topology_, multicasts(how, groups_), row_bytes, links);
      const double strict = strict_bound_us(traffic, groups_, row_bytes, links);
      EXPECT_LE(strict, least * rounding);
      EXPECT_LE(least, direct_bound_us(traffic.u, groups_, row_bytes, links) * rounding);
      if (const auto two_hops = hierarchical_bound_us(traffic, groups_, row_bytes, links)) {
        EXPECT_LE(least, *two_hops * rounding);
      }
      ++cases;
      reached += strict * rounding >= least ? 1 : 0;
    }
  }
  EXPECT_GT(reached, cases / 4);  // a bound and not a mere underestimate
}

TEST_P(BoundSearch, CombineWithoutPartialSums) {
  int cases = 0;
  int reached = 0;
  for (std::uint32_t seed = 0; seed < 6; ++seed) {
    const auto traffic = random_traffic({seed, 3, 3, 3 + seed % 2 * 4}, groups_);
    for (const LinkRates& links : rates) {
      const double least = least_time_us(topology_, assignments_back(traffic), row_bytes, links);
      const double strict =
          strict_bound_us(traffic, groups_, row_bytes, links, RowsMoved::every_assignment);
      EXPECT_LE(strict, least * rounding);
      EXPECT_LE(least, direct_bound_us(traffic.n, groups_, row_bytes, links) * rounding);
      ++cases;
      reached += strict * rounding >= least ? 1 : 0;
    }
  }
  EXPECT_GT(reached, cases / 4);
}

INSTANTIATE_TEST_SUITE_P(Topologies, BoundSearch,
                         testing::Values(std::vector{0, 0, 0}, std::vector{0, 0, 1},
                                         std::vector{0, 1, 2}, std::vector{0, 0, 1, 1},
                                         std::vector{0, 1, 0, 1}, std::vector{0, 0, 0, 1}));

// The search itself, where the answer is plain.
TEST(LeastTime, KnownAnswers) {
  const Topology pair = Topology::blocks(2, 1);
  const LinkRates links{.port_intra = 3, .port_inter = 1, .node_intra = 6, .node_inter = 2};
  EXPECT_NEAR(least_time_us(pair, {{0, {1}, 5}}, row_bytes, links), 5.0, 1e-6);
  EXPECT_NEAR(least_time_us(pair, {{0, {1}, 5}, {1, {0}, 3}}, row_bytes, links), 5.0, 1e-6);
  EXPECT_NEAR(least_time_us(pair, {}, row_bytes, links), 0.0, 1e-6);
  // Through the neighbour's port as well as the own one: 2 rows a us leave the node.
  const Topology square = Topology::blocks(4, 2);
  EXPECT_NEAR(least_time_us(square, {{0, {2}, 6}}, row_bytes, links), 3.0, 1e-6);
  // To all others: enters the other node once, is copied there.
  EXPECT_NEAR(least_time_us(square, {{0, {1, 2, 3}, 6}}, row_bytes, links), 3.0, 1e-6);
  EXPECT_THROW((void)least_time_us(pair, {{0, {1}, 5}}, row_bytes, {}), std::runtime_error);
}

}  // namespace
}  // namespace moemark
