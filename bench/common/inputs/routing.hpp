// From a case to its routing: the planned table, the real router's answer to it, and what that
// routing moves.
#pragma once

#include <cstdint>
#include <memory>

#include "bench/common/cases/cases.hpp"
#include "bench/common/inputs/planned_tables.hpp"
#include "bench/common/launch/launch.hpp"
#include "dispatcher/dispatcher.hpp"
#include "routing/routing_table.hpp"
#include "traffic/expert_groups.hpp"
#include "traffic/traffic_matrix.hpp"

namespace moemark::bench {

dispatcher::RowFormat row_format(const Case& c);
// Of physical experts.
ExpertGroups expert_groups(const Case& c, const Topology& topology);

struct RoutedCase {
  Case what;
  PlannedTables tables;
  ExpertGroups groups;
  RoutingTable logical;                            // of this rank, as the router returned it
  RoutingTable table;                              // the same behind capacity and placement
  dispatcher::Sizes sizes;                         // of this rank
  std::shared_ptr<const TrafficMatrices> traffic;  // on rank 0
  std::uint64_t plan_hash = 0;
  std::int64_t dropped = 0;  // by the capacity, of all ranks
};

// Collective. Throws CaseSkipped (what does not fit) and WrongResult (the router disagrees with
// the plan) on every rank alike.
RoutedCase route(const Case& c, Launch& launch);

}  // namespace moemark::bench
