// The exact columns of a row.
#include "bench/common/rows/account.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bench/common/cases/case_columns.hpp"
#include "bench/common/cases/node_limit.hpp"
#include "bench/common/inputs/routing.hpp"
#include "traffic/bandwidth_names.hpp"
#include "traffic/imbalance.hpp"

namespace moemark::bench {
namespace {

using dispatcher::Direction;

std::int64_t divide_up(std::int64_t value, std::int64_t by) {
  return by == 0 ? 0 : (value + by - 1) / by;
}

// What the router's groups mean on these nodes.
void set_node_limit(report::Record& record, const Case& c, const ExpertGroups& groups) {
  const RouterSpec& router = c.preset.router;
  if (c.node_limit) {
    record.node_limit = *c.node_limit;
  } else if (router.n_group > 1 && router.why_impossible(c.experts, c.topk).empty()) {
    const int most = most_nodes_of_a_token(c, groups);
    const int nodes = groups.topology.nodes_among(0, c.ep);
    if (has_more_nodes_than_groups(c, groups)) {
      record.reason = fmt::format(
          "not node-limited: {} nodes share {} groups of experts, the {} of a token reach {} nodes",
          nodes, router.n_group, router.topk_group, most);
    } else if (most < nodes) {
      record.node_limit = most;
    }
  }
}

}  // namespace

std::size_t row_bytes(const Case& c, Direction direction) {
  return moemark::row_bytes(direction == Direction::dispatch ? c.dtype : c.combine_dtype,
                            static_cast<std::size_t>(c.hidden));
}

OperationTraffic& OperationTraffic::operator+=(const OperationTraffic& other) {
  for (std::size_t r = 0; r < ranks.size(); ++r) {
    ranks[r].sent += other.ranks[r].sent;
    ranks[r].received += other.ranks[r].received;
    ranks[r].messages += other.ranks[r].messages;
    ranks[r].metadata_bytes += other.ranks[r].metadata_bytes;
  }
  return *this;
}

OperationTraffic traffic_of(const dispatcher::Strategy& strategy, const Case& c,
                            const ExpertGroups& groups, const TrafficMatrices& traffic,
                            Direction direction) {
  OperationTraffic operation;
  for (int rank = 0; rank < groups.ranks; ++rank) {
    operation.ranks.push_back(strategy.entry->declare(traffic, groups, rank, direction,
                                                      row_bytes(c, direction), strategy.exchange));
  }
  return operation;
}

OperationTraffic traffic_of(const dispatcher::BaselineEntry& entry, const ExpertGroups& groups,
                            std::size_t bytes) {
  OperationTraffic operation;
  for (int rank = 0; rank < groups.ranks; ++rank) {
    operation.ranks.push_back(dispatcher::declare_baseline(entry, groups, rank, bytes));
  }
  return operation;
}

std::size_t buffer_bytes_of(const dispatcher::Strategy& strategy, const Case& c,
                            const ExpertGroups& groups, const TrafficMatrices& traffic) {
  std::size_t largest = 0;
  for (int rank = 0; rank < groups.ranks; ++rank) {
    largest = std::max(largest, dispatcher::buffer_bytes(
                                    *strategy.entry, strategy.sizes(dispatcher::sizes_of(
                                                         traffic, groups, rank, row_format(c)))));
  }
  return largest;
}

std::size_t baseline_bytes(const dispatcher::BaselineEntry& entry, const Case& c,
                           const ExpertGroups& groups, const TrafficMatrices& traffic) {
  const std::int64_t row = static_cast<std::int64_t>(row_bytes(c, Direction::dispatch));
  const std::int64_t ranks = groups.ep;
  std::int64_t self = 0;
  for (int rank = 0; rank < groups.ranks; ++rank) self += traffic.n.at(rank, rank);
  std::int64_t rows = traffic.tokens_max();
  if (entry.message == dispatcher::MessageOf::uniform) {
    rows = divide_up(traffic.assignments(), groups.groups() * ranks * ranks);
  } else if (entry.message == dispatcher::MessageOf::pair) {
    rows = divide_up(traffic.assignments() - self, groups.groups() * ranks * (ranks - 1));
  }
  return static_cast<std::size_t>(rows * row);
}

void set_factors(report::Record& record, const Case& c, const Options& options,
                 const ExpertGroups& groups) {
  record.ranks = c.ranks;
  record.ep = c.ep;
  record.nodes = groups.topology.nodes_among(0, c.ep);
  record.ranks_per_node = groups.topology.ranks_per_node();
  set_case_columns(record, c);
  record.groups = c.preset.router.n_group;
  record.topk_groups = c.preset.router.topk_group;
  const PlacementChoice& placed = c.placed;
  record.placement = placed.placement.text;
  if (placed.placement.is_planned()) {
    record.plan_skew = placed.plan_skew.value_or(c.skew).text;
  }
  record.replicas = c.slots.slots() > 0 ? c.slots.replicas() : placed.replicas;
  record.capacity = c.capacity.text;
  record.dtype_combine = name(c.combine_dtype);
  record.pass = c.pass == Pass::forward ? "forward" : "backward";
  constexpr std::array<const char*, 3> routings = {"kernel", "ids", "trace"};
  record.routing = routings[static_cast<std::size_t>(options.routing)];
  record.routing_refresh = "fixed";
  if (options.delay) record.delay = options.delay->text;
  if (options.routing == RoutingSource::kernel && !c.skip) set_node_limit(record, c, groups);
}

void set_exact(report::Record& record, const OperationTraffic& operation) {
  BytesByLink sent;
  std::int64_t metadata = 0;
  std::int64_t messages = 0;
  std::int64_t send_max = 0;
  std::int64_t receive_max = 0;
  for (const RankTraffic& rank : operation.ranks) {
    sent += rank.sent;
    metadata += rank.metadata_bytes;
    messages += rank.messages;
    send_max = std::max(send_max, rank.sent.network());
    receive_max = std::max(receive_max, rank.received.network());
  }
  record.bytes_self = sent.self;
  record.bytes_intra = sent.intra;
  record.bytes_inter = sent.inter;
  record.metadata_bytes = metadata;
  record.send_max_bytes = send_max;
  record.recv_max_bytes = receive_max;
  record.messages = messages;
}

std::optional<std::int64_t> network_bytes(const report::Record& record) {
  if (!record.bytes_intra || !record.bytes_inter) return std::nullopt;
  return *record.bytes_intra + *record.bytes_inter;
}

void set_routing_metrics(report::Record& record, const TrafficMatrices& traffic,
                         const ExpertGroups& groups) {
  if (traffic.assignments() == 0) return;  // no load, no ratio of loads
  const Imbalance imbalance = imbalance_of(traffic, groups);
  record.expert_max_over_mean = imbalance.expert_max_over_mean;
  record.expert_cv = imbalance.expert_cv;
  record.rank_max_over_mean = imbalance.rank_max_over_mean;
  record.node_max_over_mean = imbalance.node_max_over_mean;
  record.copies_per_token_rank = imbalance.copies_per_token_rank;
  record.copies_per_token_node = imbalance.copies_per_token_node;
  record.nodes_per_token_max = imbalance.nodes_per_token_max;
  record.idle_fraction = imbalance.idle_fraction;
}

std::map<std::string, double> routing_facts(const TrafficMatrices& traffic,
                                            const ExpertGroups& groups) {
  const LoadSpread spread = load_spread_of(traffic, groups);
  return {{"expert_entropy", spread.entropy},
          {"expert_gini", spread.gini},
          {"dead_experts", spread.dead_experts}};
}

void set_bandwidths(report::Record& record, const OperationTraffic& operation) {
  if (!record.median_us || *record.median_us <= 0.0) return;
  const auto with_self = static_cast<double>(algbw_bytes(operation.ranks));
  if (with_self == 0.0) return;  // nothing moved: no bandwidth
  record.algbw_GBps = giga_per_second(with_self, *record.median_us);
  const auto links = static_cast<double>(link_bytes(operation.ranks));
  record.link_GBps = giga_per_second(links, *record.median_us);
}

void set_baseline_bandwidths(report::Record& record, const dispatcher::BaselineEntry& entry,
                             const OperationTraffic& operation, std::size_t bytes, int ranks) {
  set_bandwidths(record, operation);
  if (!record.algbw_GBps || !record.median_us) return;
  const double blocks = entry.block_per_rank ? ranks : 1;
  const double algbw = giga_per_second(static_cast<double>(bytes) * blocks, *record.median_us);
  record.algbw_GBps = algbw;
  record.busbw_GBps = algbw * entry.bus_factor(ranks);
}

}  // namespace moemark::bench
