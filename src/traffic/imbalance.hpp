// How unevenly a routing loads experts, ranks and nodes, and how far tokens spread.
#pragma once

#include <cstdint>

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

// All zero when nothing is assigned.
Imbalance imbalance_of(const TrafficMatrices& traffic, const ExpertGroups& groups);

}  // namespace moemark
