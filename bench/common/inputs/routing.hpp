// From a case to its routing: the planned table, the real router's answer to it, and what that
// routing moves.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "bench/common/cases/cases.hpp"
#include "bench/common/launch/launch.hpp"
#include "dispatcher/dispatcher.hpp"
#include "routing/expert_draw.hpp"
#include "routing/planned_logits.hpp"
#include "routing/routing_table.hpp"
#include "traffic/expert_groups.hpp"
#include "traffic/placement/expert_slots.hpp"
#include "traffic/traffic_matrix.hpp"

namespace moemark::bench {

// The tables of a case, for any rank of the job: computed where they are needed.
class PlannedTables {
 public:
  PlannedTables(const Case& c, std::uint64_t seed);

  // Logical experts, as the router is to choose them, with lattice weights.
  [[nodiscard]] RoutingTable of(int rank) const;
  // The same behind the capacity, which decides by recorded weights where there are some, and by
  // the lattice's otherwise: whoever routes, the same assignments are dropped.
  struct Kept {
    RoutingTable table;
    std::int64_t dropped = 0;
  };
  [[nodiscard]] Kept kept(int rank) const;
  // The same behind the placement: physical experts.
  [[nodiscard]] RoutingTable placed(int rank) const { return slots_.place(kept(rank).table, rank); }

 private:
  RoutingPlan plan_;
  Capacity capacity_;
  ExpertSlots slots_;
  std::vector<double> shares_;
  std::shared_ptr<const RecordedRouting> recorded_;  // taken as it is, where there is one
};

dispatcher::RowFormat row_format(const Case& c);
// Of physical experts.
ExpertGroups expert_groups(const Case& c, const Topology& topology);

// Activation rows, as stored in c.dtype, of the tokens first .. first + count - 1 of a rank.
std::vector<std::byte> planned_activations(const Case& c, const PlannedLogits& planner,
                                           const RoutingTable& planned, std::uint64_t seed,
                                           int rank, int first, int count);

// Runs the router kernel of this rank on activations that plan `planned`, and returns its table
// (its own weights), masked where the plan is. Throws WrongResult when it does not return the
// planned ids.
RoutingTable route_with_kernel(const Case& c, const RoutingTable& planned, std::uint64_t seed,
                               int rank, device::Stream& stream);

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
