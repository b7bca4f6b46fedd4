// Load metrics from the traffic matrices.
#include "traffic/imbalance.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

namespace moemark {
namespace {

using Loads = std::vector<double>;

double mean(std::span<const double> loads) {
  return std::accumulate(loads.begin(), loads.end(), 0.0) / static_cast<double>(loads.size());
}

// Expert e of group g stands at g * experts + e.
Loads expert_loads(const TrafficMatrices& traffic, const ExpertGroups& groups) {
  const auto experts = static_cast<std::size_t>(groups.placement.experts());
  Loads loads(static_cast<std::size_t>(groups.groups()) * experts, 0.0);
  for (int source = 0; source < groups.ranks; ++source) {
    const std::size_t first = static_cast<std::size_t>(groups.group_of(source)) * experts;
    const auto cells = traffic.c.row(source);
    for (std::size_t e = 0; e < experts; ++e) loads[first + e] += static_cast<double>(cells[e]);
  }
  return loads;
}

Loads rank_loads(const TrafficMatrices& traffic, const ExpertGroups& groups) {
  Loads loads(static_cast<std::size_t>(groups.ranks), 0.0);
  for (int source = 0; source < groups.ranks; ++source) {
    const auto pairs = traffic.n.row(source);
    for (std::size_t d = 0; d < loads.size(); ++d) loads[d] += static_cast<double>(pairs[d]);
  }
  return loads;
}

Loads node_loads(const Loads& by_rank, const Topology& topology) {
  Loads loads(static_cast<std::size_t>(topology.nodes()), 0.0);
  for (int rank = 0; rank < topology.ranks(); ++rank) {
    loads[static_cast<std::size_t>(topology.node_of(rank))] +=
        by_rank[static_cast<std::size_t>(rank)];
  }
  return loads;
}

double total(std::span<const std::int64_t> values) {
  return static_cast<double>(std::accumulate(values.begin(), values.end(), std::int64_t{0}));
}

}  // namespace

double max_over_mean(std::span<const double> loads) {
  return *std::ranges::max_element(loads) / mean(loads);
}

double coefficient_of_variation(std::span<const double> loads) {
  const double average = mean(loads);
  double squares = 0.0;
  for (const double load : loads) squares += (load - average) * (load - average);
  return std::sqrt(squares / static_cast<double>(loads.size())) / average;
}

LoadSpread load_spread(std::span<const double> loads) {
  std::vector<double> ascending(loads.begin(), loads.end());
  std::ranges::sort(ascending);
  const auto count = static_cast<double>(loads.size());
  const double sum = mean(loads) * count;
  LoadSpread spread;
  double entropy = 0.0;
  double ranked = 0.0;  // sum of rank * load, ranks 1 .. count from the least load on
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    const double share = ascending[i] / sum;
    if (share > 0.0) entropy -= share * std::log(share);
    if (share == 0.0) ++spread.dead_experts;
    ranked += (static_cast<double>(i) + 1.0) * share;
  }
  spread.entropy = ascending.size() > 1 ? entropy / std::log(count) : 1.0;
  spread.gini = (2.0 * ranked - (count + 1.0)) / count;
  return spread;
}

LoadSpread load_spread_of(const TrafficMatrices& traffic, const ExpertGroups& groups) {
  if (traffic.assignments() == 0) return {};
  return load_spread(expert_loads(traffic, groups));
}

Imbalance imbalance_of(const TrafficMatrices& traffic, const ExpertGroups& groups) {
  if (traffic.assignments() == 0) return {};
  const Loads experts = expert_loads(traffic, groups);
  const Loads ranks = rank_loads(traffic, groups);
  const double tokens = total(traffic.tokens);
  Imbalance result;
  result.expert_max_over_mean = max_over_mean(experts);
  result.expert_cv = coefficient_of_variation(experts);
  result.rank_max_over_mean = max_over_mean(ranks);
  result.node_max_over_mean = max_over_mean(node_loads(ranks, groups.topology));
  result.copies_per_token_rank = total(traffic.u.values()) / tokens;
  result.copies_per_token_node = total(traffic.v.values()) / tokens;
  result.nodes_per_token_max = traffic.nodes_per_token_max;
  result.idle_fraction = 1.0 - 1.0 / result.rank_max_over_mean;
  return result;
}

}  // namespace moemark
