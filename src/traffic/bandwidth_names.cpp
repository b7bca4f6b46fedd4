// Numerators as sums over rows and columns of the traffic matrices.
#include "traffic/bandwidth_names.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace moemark {
namespace {

std::int64_t row_sum(const CountMatrix& matrix, int row) {
  const auto values = matrix.row(row);
  return std::accumulate(values.begin(), values.end(), std::int64_t{0});
}

std::int64_t column_sum(const CountMatrix& matrix, int column) {
  std::int64_t sum = 0;
  for (int row = 0; row < matrix.rows(); ++row) sum += matrix.at(row, column);
  return sum;
}

double received_unique(const TrafficMatrices& traffic, const ExpertGroups& /*groups*/, int rank) {
  return static_cast<double>(column_sum(traffic.u, rank));
}

double node_copies(const TrafficMatrices& traffic, const ExpertGroups& /*groups*/, int rank) {
  return static_cast<double>(row_sum(traffic.v, rank));
}

double assignments_sent(const TrafficMatrices& traffic, const ExpertGroups& /*groups*/, int rank) {
  return static_cast<double>(row_sum(traffic.n, rank));
}

double network_and_received(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank) {
  const std::int64_t own_node = traffic.v.at(rank, groups.topology.node_of(rank));
  return static_cast<double>(row_sum(traffic.v, rank) - own_node + column_sum(traffic.u, rank));
}

double sent_unique_to_others(const TrafficMatrices& traffic, const ExpertGroups& /*groups*/,
                             int rank) {
  return static_cast<double>(row_sum(traffic.u, rank) - traffic.u.at(rank, rank));
}

double busier_direction(const TrafficMatrices& traffic, const ExpertGroups& /*groups*/, int rank) {
  return static_cast<double>(std::max(row_sum(traffic.n, rank), column_sum(traffic.n, rank)));
}

double busier_direction_on_bus(const TrafficMatrices& traffic, const ExpertGroups& groups,
                               int rank) {
  return busier_direction(traffic, groups, rank) * (groups.ep - 1) / groups.ep;
}

constexpr std::array<BandwidthConvention, 9> conventions{{
    {"deepep_v1_nvlink", "sum over s of u[s][r], own tokens included",
     "DeepEP v1 tests/legacy/test_intranode.py, test_internode.py: recv_x, scales counted",
     OverRanks::maximum, false, &received_unique},
    {"deepep_v1_rdma", "sum over m of v[r][m], own node included",
     "DeepEP v1 tests/legacy/test_internode.py: num_rdma_token_sent, scales counted",
     OverRanks::maximum, true, &node_copies},
    {"deepep_v1_low_latency", "sum over d of n[r][d]",
     "DeepEP v1 tests/legacy/test_low_latency.py, plus scales and a 16-byte header",
     OverRanks::maximum, false, &assignments_sent},
    {"pplx_kernels", "sum over d of n[r][d]", "pplx-kernels tests/bench_all_to_all.py: T * k rows",
     OverRanks::maximum, false, &assignments_sent},
    {"nccl_ep_0.1_ll", "sum over d of n[r][d]",
     "NCCL contrib/nccl_ep/ep_bench.cu, low latency: valid selections", OverRanks::maximum, false,
     &assignments_sent},
    {"nccl_ep_0.1_ht", "sum over m != m(r) of v[r][m], plus sum over s of u[s][r]",
     "NCCL contrib/nccl_ep/ep_bench.cu, high throughput: rdma_send + total_recv; combine the same",
     OverRanks::mean, false, &network_and_received},
    {"flashinfer_aggregate", "sum over d != r of u[r][d]",
     "FlashInfer benchmarks/routines/moe_comm.py, which adds 8 bytes a selection in dispatch",
     OverRanks::sum, false, &sent_unique_to_others},
    {"nccl_tests_2.19_alltoallv_algbw", "max(sum over d of n[r][d], sum over s of n[s][r])",
     "nccl-tests alltoallv_perf on the matrix n", OverRanks::maximum, false, &busier_direction},
    {"nccl_tests_2.19_alltoallv_busbw", "the same times (R - 1) / R",
     "nccl-tests alltoallv_perf on the matrix n", OverRanks::maximum, false,
     &busier_direction_on_bus},
}};

}  // namespace

std::int64_t algbw_bytes(std::span<const RankTraffic> ranks) {
  std::int64_t most = 0;
  for (const RankTraffic& rank : ranks) {
    most = std::max(
        {most, rank.sent.self + rank.sent.network(), rank.received.self + rank.received.network()});
  }
  return most;
}

std::int64_t link_bytes(std::span<const RankTraffic> ranks) {
  std::int64_t most = 0;
  for (const RankTraffic& rank : ranks) {
    most = std::max({most, rank.sent.network(), rank.received.network()});
  }
  return most;
}

std::int64_t useful_bytes(const TrafficMatrices& traffic, std::size_t row_bytes,
                          Direction direction) {
  std::int64_t most = 0;
  for (int rank = 0; rank < traffic.u.rows(); ++rank) {
    const std::int64_t rows =
        direction == Direction::dispatch ? column_sum(traffic.u, rank) : row_sum(traffic.u, rank);
    most = std::max(most, rows - traffic.u.at(rank, rank));
  }
  return most * static_cast<std::int64_t>(row_bytes);
}

std::span<const BandwidthConvention> bandwidth_conventions() {
  return conventions;
}

std::optional<double> numerator_bytes(const BandwidthConvention& convention,
                                      const TrafficMatrices& traffic, const ExpertGroups& groups,
                                      std::size_t row_bytes) {
  if (convention.needs_network && groups.topology.nodes_among(0, groups.ep) < 2) {
    return std::nullopt;
  }
  double most = 0.0;
  double sum = 0.0;
  for (int rank = 0; rank < groups.ranks; ++rank) {
    const double rows = convention.rows(traffic, groups, rank);
    most = std::max(most, rows);
    sum += rows;
  }
  double rows = sum;
  if (convention.over == OverRanks::maximum) rows = most;
  if (convention.over == OverRanks::mean) rows = sum / groups.ranks;
  return rows * static_cast<double>(row_bytes);
}

}  // namespace moemark
