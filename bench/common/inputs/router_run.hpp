// The real router on this rank: what it is fed with so that it returns a planned table, and what it
// returned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bench/common/inputs/planned_tables.hpp"
#include "device/stream.hpp"
#include "routing/planned_logits.hpp"
#include "routing/routing_table.hpp"

namespace moemark::bench {

class RouterInput {
 public:
  // Of one rank's tokens that are to be routed as `planned` says; both tables outlive it. Throws
  // CaseSkipped naming `--routing ids` when the router's input is too narrow for the experts.
  RouterInput(const Case& c, const PlannedTables& tables, const RoutingTable& planned,
              std::uint64_t seed, int rank);

  [[nodiscard]] std::vector<float> gate_weight() const { return planner_.gate_weight(); }
  // [E]; empty for a router that selects without one.
  [[nodiscard]] std::span<const float> select_bias() const { return select_bias_; }
  // The type of the activations: fp32 where the logits have to arrive exactly.
  [[nodiscard]] DType dtype() const { return dtype_; }
  // Activation rows of the tokens first .. first + count - 1.
  std::vector<std::byte> rows(int first, int count);

 private:
  const RoutingTable& planned_;
  std::uint64_t seed_;
  int rank_;
  DType dtype_;
  std::size_t hidden_;
  std::size_t experts_;
  PlannedLogits planner_;
  std::optional<RankLogits> calibrated_;
  std::vector<float> select_bias_;
};

// Whether the case's tables go through the router kernel: all that it can be made to return.
bool goes_through_kernel(const Case& c, RoutingSource routing);

// Runs the router kernel of this rank and returns its table (its own weights), masked where the
// plan is. Throws WrongResult when it does not return the planned ids.
RoutingTable route_with_kernel(const Case& c, const PlannedTables& tables,
                               const RoutingTable& planned, std::uint64_t seed, int rank,
                               device::Stream& stream);

// A masked token goes through the router like any other, as padding does; then its choice is void.
void mask_as_planned(RoutingTable& routed, const RoutingTable& planned);

// Throws WrongResult naming the first assignment of `routed` that is not the planned one.
void compare_with_plan(const RoutingTable& routed, const RoutingTable& planned, int rank);

}  // namespace moemark::bench
