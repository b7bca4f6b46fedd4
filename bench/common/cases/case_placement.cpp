// The placements of a sweep.
#include "bench/common/cases/case_placement.hpp"

#include <fmt/format.h>

#include "bench/common/cases/cases.hpp"
#include "routing/hash_draw.hpp"

namespace moemark::bench {

std::vector<PlacementChoice> placement_choices(const Options& options) {
  std::vector<PlacementChoice> choices;
  for (const Placement& placement : options.placements) {
    if (!placement.is_planned()) {
      choices.push_back({placement});
      continue;
    }
    for (const int replicas : options.replicas.empty() ? std::vector{0} : options.replicas) {
      if (options.plan_skews.empty()) choices.push_back({placement, replicas, {}});
      for (const auto& skew : options.plan_skews) choices.push_back({placement, replicas, skew});
    }
  }
  return choices;
}

std::string placement_name(const Case& c) {
  const PlacementChoice& choice = c.placed;
  std::string name;
  if (choice.placement.kind != PlacementKind::contiguous) {
    name += fmt::format("/placement:{}", choice.placement.text);
  }
  if (choice.replicas > 0) name += fmt::format("/replicas:{}", choice.replicas);
  if (choice.plan_skew) name += fmt::format("/plan:{}", choice.plan_skew->text);
  return name;
}

std::vector<double> plan_weights(const Case& c, std::uint64_t seed) {
  if (!c.placed.placement.is_planned()) return {};
  const Skew skew = c.placed.plan_skew.value_or(c.skew);
  const auto shares = skew.kind == SkewKind::hash
                          ? hash_shares(c.experts, c.topk, seed)
                          : load_shares(skew, c.experts, seed, data_folder() / "expert-counts.csv",
                                        expert_homes(c));
  const auto targets = inclusion_targets(shares, c.topk);
  return {targets.begin(), targets.end()};
}

ExpertSlots slots_of(const Case& c, int nodes, std::uint64_t seed) {
  const PlacementShape shape{c.experts, c.placed.replicas, c.ep, nodes, c.preset.router.n_group};
  return place_experts(c.placed.placement, shape, plan_weights(c, seed), seed);
}

}  // namespace moemark::bench
