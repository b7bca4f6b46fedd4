// The tables of a router with groups or a selection bias: its own answers to logits that are
// calibrated to the load of a plan.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/router_spec.hpp"
#include "routing/calibrated_router.hpp"
#include "routing/expert_draw.hpp"
#include "routing/gumbel_logits.hpp"
#include "routing/routing_table.hpp"

namespace moemark {

// The logits of one rank's tokens.
class RankLogits {
 public:
  // `calibrations` outlive it. topic_of_token is empty where there is one calibration.
  RankLogits(const std::vector<RouterCalibration>& calibrations, std::vector<int> topic_of_token,
             GumbelLogits noise, std::uint32_t step, std::uint32_t rank);

  // [E] of one token, on the grid of GumbelLogits.
  void of(int token, std::span<float> out);

 private:
  const std::vector<RouterCalibration>* calibrations_;
  std::vector<int> topic_of_token_;
  GumbelLogits noise_;
  std::uint32_t step_;
  std::uint32_t rank_;
};

class CalibratedTables {
 public:
  // One calibration, or one for each topic, whose offsets then go into the base. Throws CaseSkipped
  // and UsageError as calibrate_router(). Not for `balanced` and `local`, which are no loads.
  CalibratedTables(const RoutingPlan& plan, const RouterSpec& router,
                   const std::vector<double>& shares);

  // What the router chooses, with lattice weights; masked as the plan says.
  [[nodiscard]] RoutingTable of(std::uint32_t rank) const;
  // [E]; empty for a router that selects without one.
  [[nodiscard]] std::span<const float> select_bias() const {
    return calibrations_.front().select_bias;
  }
  [[nodiscard]] RankLogits logits(std::uint32_t rank) const;
  // The largest of all calibrations.
  [[nodiscard]] double load_error() const;

 private:
  RoutingPlan plan_;
  RouterSpec router_;
  GumbelLogits noise_;
  std::vector<RouterCalibration> calibrations_;
};

// Whether every token's experts lie in as few groups as the router allows: such a table it can be
// made to return (PlannedLogits, others far).
bool fits_groups(const RouterSpec& router, int experts, const RoutingTable& table);

}  // namespace moemark
