// How unevenly a routing loads experts, ranks and nodes, and how far tokens spread.
#pragma once

#include <cstdint>
#include <span>

#include "traffic/expert_groups.hpp"
#include "traffic/traffic_matrix.hpp"

namespace moemark {

struct Imbalance {
  double expert_max_over_mean = 0.0;  // of received assignments, over the experts of all groups
  double expert_cv = 0.0;             // population deviation over mean
  double rank_max_over_mean = 0.0;
  double node_max_over_mean = 0.0;
  double copies_per_token_rank = 0.0;  // mean over tokens of distinct ranks reached
  double copies_per_token_node = 0.0;
  std::int64_t nodes_per_token_max = 0;
  double idle_fraction = 0.0;  // 1 - 1/rank_max_over_mean
};

// Of the loads of experts, ranks or nodes; at least one is above 0.
double max_over_mean(std::span<const double> loads);
// Population deviation over mean: dead experts count.
double coefficient_of_variation(std::span<const double> loads);

// How the load is spread over experts, for readers who know these numbers from papers on routing.
struct LoadSpread {
  double entropy = 0.0;  // of the load shares, over ln(experts): 1 even, 0 all on one expert
  double gini = 0.0;     // 0 even, (experts - 1) / experts all on one expert
  int dead_experts = 0;  // without any load
};
LoadSpread load_spread(std::span<const double> loads);
// Of the experts of all groups, as in Imbalance; all zero when nothing is assigned.
LoadSpread load_spread_of(const TrafficMatrices& traffic, const ExpertGroups& groups);

// All zero when nothing is assigned.
Imbalance imbalance_of(const TrafficMatrices& traffic, const ExpertGroups& groups);

}  // namespace moemark
