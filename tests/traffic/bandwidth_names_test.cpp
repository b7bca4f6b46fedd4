// Numerators by hand, and the published reading of one run under four conventions.
#include "traffic/bandwidth_names.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>

#include "routing/expert_draw.hpp"

namespace moemark {
namespace {

const BandwidthConvention& convention(std::string_view name) {
  const auto all = bandwidth_conventions();
  const auto found = std::ranges::find(all, name, &BandwidthConvention::name);
  if (found == all.end()) throw std::out_of_range(std::string(name));
  return *found;
}

// 4 ranks on 2 nodes, 2 experts a rank. Rank 0: a token to ranks 0 0 1 3 and one to 2 3 3, rank 3:
// a token to its own experts.
struct TwoNodes {
  TwoNodes() {
    RoutingTable first(2, 4);
    first.topk_ids = {0, 1, 2, 6, 4, 6, 7, -1};
    traffic.set_row(0, traffic_row(first, groups, 0));
    RoutingTable last(1, 4);
    last.topk_ids = {6, 7, -1, -1};
    traffic.set_row(3, traffic_row(last, groups, 3));
  }
  [[nodiscard]] std::optional<double> bytes(std::string_view name) const {
    return numerator_bytes(convention(name), traffic, groups, 10);
  }

  ExpertGroups groups{4, 4, ExpertPlacement::contiguous(8, 4), Topology::blocks(4, 2)};
  TrafficMatrices traffic{groups};
};

TEST(BandwidthNames, PublishedNumeratorsByHand) {
  const TwoNodes two;
  EXPECT_EQ(two.bytes("deepep_v1_nvlink"), 30);       // rank 3: 2 + its own 1
  EXPECT_EQ(two.bytes("deepep_v1_rdma"), 30);         // rank 0: nodes 0 1 and 1
  EXPECT_EQ(two.bytes("deepep_v1_low_latency"), 70);  // rank 0: all valid choices
  EXPECT_EQ(two.bytes("pplx_kernels"), 70);
  EXPECT_EQ(two.bytes("nccl_ep_0.1_ll"), 70);
  EXPECT_EQ(two.bytes("nccl_ep_0.1_ht"), 10 * (2 + 6) / 4.0);  // 2 to other nodes, 6 received
  EXPECT_EQ(two.bytes("flashinfer_aggregate"), 40);            // 0 -> 1, 3 and 2, 3
  EXPECT_EQ(two.bytes("nccl_tests_2.19_alltoallv_algbw"), 70);
  EXPECT_EQ(two.bytes("nccl_tests_2.19_alltoallv_busbw"), 52.5);
}

TEST(BandwidthNames, TheReceiverMayBeTheBusierOne) {
  const TwoNodes two;
  TrafficMatrices traffic(two.groups);
  for (int s = 0; s < 3; ++s) {
    RoutingTable table(1, 2);
    table.topk_ids = {6, 7};
    traffic.set_row(s, traffic_row(table, two.groups, s));
  }
  const auto bytes = [&](std::string_view name) {
    return numerator_bytes(convention(name), traffic, two.groups, 10);
  };
  EXPECT_EQ(bytes("nccl_tests_2.19_alltoallv_algbw"), 60);
  EXPECT_EQ(bytes("deepep_v1_low_latency"), 20);
  EXPECT_EQ(bytes("deepep_v1_nvlink"), 30);
}

TEST(BandwidthNames, OneNodeHasNoRdma) {
  const ExpertGroups groups{4, 4, ExpertPlacement::contiguous(8, 4), Topology::blocks(4, 4)};
  const TrafficMatrices nothing(groups);
  EXPECT_FALSE(numerator_bytes(convention("deepep_v1_rdma"), nothing, groups, 10).has_value());
  EXPECT_EQ(numerator_bytes(convention("deepep_v1_nvlink"), nothing, groups, 10), 0.0);
}

TEST(BandwidthNames, AreDistinctAndSaySource) {
  std::set<std::string_view> names;
  for (const BandwidthConvention& one : bandwidth_conventions()) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_FALSE(one.formula.empty()) << one.name;
    EXPECT_FALSE(one.source.empty()) << one.name;
  }
}

TEST(OwnBandwidths, OfWhatAStrategyMoved) {
  std::array<RankTraffic, 2> ranks;
  ranks[0].sent = {.self = 100, .intra = 1, .inter = 2};
  ranks[0].received = {.self = 100, .intra = 4, .inter = 0};
  ranks[1].sent = {.self = 0, .intra = 4, .inter = 5};
  EXPECT_EQ(algbw_bytes(ranks), 104);
  EXPECT_EQ(link_bytes(ranks), 9);
  EXPECT_EQ(algbw_bytes({}), 0);
  EXPECT_EQ(link_bytes({}), 0);
}

TEST(OwnBandwidths, UsefulIsWhatArrivesFromOthers) {
  const TwoNodes two;
  EXPECT_EQ(useful_bytes(two.traffic, 10, Direction::dispatch), 20);  // rank 3
  EXPECT_EQ(useful_bytes(two.traffic, 10, Direction::combine), 40);   // rank 0
}

// Distinct groups that a token of uniform routing reaches: g * (1 - C(E - E/g, k) / C(E, k)), from
// the hypergeometric chance to miss one.
double expected_groups(int groups, int experts, int topk) {
  double missed = 1.0;
  for (int i = 0; i < topk; ++i) {
    const int others = experts - experts / groups;
    missed *= static_cast<double>(others - i) / (experts - i);
  }
  return groups * (1.0 - missed);
}

TEST(UniqueDestinations, FollowTheHypergeometricFormula) {
  constexpr std::array<std::pair<int, double>, 6> known{
      {{2, 1.993}, {4, 3.614}, {8, 5.295}, {16, 6.523}, {32, 7.267}, {64, 7.676}}};
  for (const auto& [groups, expected] : known) {
    EXPECT_NEAR(expected_groups(groups, 256, 8), expected, 5e-4) << groups;
  }
}

TEST(UniqueDestinations, OfADrawnTableAreNearIt) {
  const RoutingPlan plan{parse_skew("uniform"), 256, 8, 4000, 5, 0};
  const auto table = planned_table(plan, load_shares(plan.skew, 256, 5, {}), 0);
  for (const int ranks : {8, 16, 32, 64}) {
    const ExpertGroups groups{ranks, ranks, ExpertPlacement::contiguous(256, ranks),
                              Topology::blocks(ranks, 4)};
    const TrafficRow row = traffic_row(table, groups, 0);
    const auto per_token = [&](const std::vector<std::int64_t>& counts) {
      return static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0})) /
             static_cast<double>(table.tokens);
    };
    EXPECT_NEAR(per_token(row.u), expected_groups(ranks, 256, 8), 0.06) << ranks;
    EXPECT_NEAR(per_token(row.v), expected_groups(ranks / 4, 256, 8), 0.06) << ranks;
    // A token stays on its rank when it misses all others: all k experts among the rank's E / R.
    EXPECT_NEAR(static_cast<double>(row.to_other_ranks) / table.tokens, 1.0, 1e-3);
  }
}

// DeepEP v1 on 16 GPUs of 2 nodes printed 43 GB/s for 7,392-byte rows and 4,096 tokens a rank in
// 1,404 us: what NICs carried were 21.5, and other tools would have said 141 or 173.
TEST(BandwidthNames, OneRunReadsAsFourNumbers) {
  const ExpertGroups groups{16, 16, ExpertPlacement::contiguous(256, 16), Topology::blocks(16, 8)};
  const RoutingPlan plan{parse_skew("uniform"), 256, 8, 4096, 1, 0};
  const auto shares = load_shares(plan.skew, 256, 1, {});
  TrafficMatrices traffic(groups);
  for (int s = 0; s < 16; ++s) {
    traffic.set_row(
        s, traffic_row(planned_table(plan, shares, static_cast<std::uint32_t>(s)), groups, s));
  }
  const auto gigabytes_per_second = [&](std::string_view name) {
    return *numerator_bytes(convention(name), traffic, groups, 7392) / 1404e3;
  };
  std::int64_t network_rows = 0;
  for (int s = 0; s < 16; ++s) network_rows = std::max(network_rows, traffic.v.at(s, 1 - s / 8));
  EXPECT_NEAR(static_cast<double>(network_rows) * 7392 / 1404e3, 21.5, 0.1);
  EXPECT_NEAR(gigabytes_per_second("deepep_v1_rdma"), 43.0, 0.1);
  EXPECT_NEAR(gigabytes_per_second("deepep_v1_nvlink"), 141.0, 2.0);  // the busiest of 16 ranks
  EXPECT_NEAR(gigabytes_per_second("deepep_v1_low_latency"), 173.0, 0.6);
}

}  // namespace
}  // namespace moemark
