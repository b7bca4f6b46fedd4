// The tables that a case's router is to return, computed wherever they are needed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bench/common/cases/cases.hpp"
#include "routing/calibrated_tables.hpp"
#include "routing/expert_draw.hpp"
#include "routing/routing_table.hpp"
#include "traffic/placement/expert_slots.hpp"

namespace moemark::bench {

// For any rank of the job. `ids` and plain routers: drawn from the load. Routers with groups or a
// selection bias and `kernel`: what the router makes of logits calibrated to the load; `balanced`
// and `local` stay tables. A trace: as recorded.
class PlannedTables {
 public:
  // Throws CaseSkipped when the router cannot give the load, or the tables.
  PlannedTables(const Case& c, std::uint64_t seed, RoutingSource routing);

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

  // How the tables came about, where they are a router's answer to calibrated logits.
  [[nodiscard]] const CalibratedTables* calibrated() const {
    return calibrated_ ? &*calibrated_ : nullptr;
  }

 private:
  RoutingPlan plan_;
  Capacity capacity_;
  ExpertSlots slots_;
  std::vector<double> shares_;
  std::shared_ptr<const RecordedRouting> recorded_;  // taken as it is, where there is one
  std::optional<CalibratedTables> calibrated_;
};

}  // namespace moemark::bench
