// The placements of a sweep: which slots a case's experts stand in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/common/options/options.hpp"
#include "traffic/placement/placement.hpp"

namespace moemark::bench {

struct Case;

// One way to place experts. What a placement does not depend on stays at its default.
struct PlacementChoice {
  Placement placement = {};
  int replicas = 0;  // of planned ones
  std::optional<Skew> plan_skew =
      {};  // of planned ones: the load planned for; none: the case's own
};

// The placements in the order given; replicas and plans multiply with those that are planned.
std::vector<PlacementChoice> placement_choices(const Options& options);

// `/placement:eplb-global/replicas:8/plan:zipf:1`, without what is at its default.
std::string placement_name(const Case& c);

// The loads [experts] that a planned placement balances: how often a token of the planned skew
// takes each expert, in 2^-16 (whole numbers, so that a plan is the same on every machine); empty
// for other placements. Throws CaseSkipped when the skew cannot describe the case's experts.
std::vector<double> plan_weights(const Case& c, std::uint64_t seed);

// The slots of a case whose groups fill `nodes` whole nodes (1: or a part of some). Throws
// CaseSkipped (place_experts).
ExpertSlots slots_of(const Case& c, int nodes, std::uint64_t seed);

}  // namespace moemark::bench
