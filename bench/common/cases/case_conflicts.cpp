// Combinations of a sweep that make no sense.
#include "bench/common/cases/case_conflicts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>

#include "bench/common/cases/node_limit.hpp"
#include "model/errors.hpp"

namespace moemark::bench {
namespace {

std::string trace_text(const Options& options) {
  return options.trace ? options.trace->text : "";
}

std::map<std::string, std::string> values_of(const Case& c, const Options& options) {
  return {{"--topk", std::to_string(c.topk)},
          {options.experts.empty() ? "--preset" : "--experts",
           options.experts.empty() ? c.preset.name : std::to_string(c.experts)},
          {"--skew", c.skew.text},
          {"--capacity", c.capacity.text},
          {"--placement", c.placed.placement.text},
          {"--replicas", std::to_string(c.placed.replicas)},
          {"--plan-skew", c.placed.plan_skew ? c.placed.plan_skew->text : "own"},
          {"--groups", std::to_string(c.preset.router.n_group)},
          {"--topk-groups", std::to_string(c.preset.router.topk_group)},
          {"--node-limit", c.node_limit ? std::to_string(*c.node_limit) : "none"},
          {"--routing", trace_text(options)},
          {"--ep", std::to_string(c.ep)}};
}

std::optional<Conflict> conflict_of_shape(const Case& c, const Options& options) {
  if (c.ranks % c.ep != 0) {
    return Conflict{"--ep", std::to_string(c.ep),
                    fmt::format("it does not divide the {} ranks of the job", c.ranks)};
  }
  if (c.topk > c.experts) {
    const bool topk_given = !options.topk.empty();
    return Conflict{topk_given ? "--topk" : "--experts",
                    std::to_string(topk_given ? c.topk : c.experts),
                    fmt::format("top-{} of {} experts", c.topk, c.experts)};
  }
  return std::nullopt;
}

std::optional<Conflict> conflict_of_router(const Case& c, const Options& options,
                                           const JobShape& job) {
  if (c.node_limit) {
    const auto obstacle = node_limit_obstacle(c, *c.node_limit, job);
    if (!obstacle) return std::nullopt;
    return Conflict{"--node-limit", std::to_string(*c.node_limit), *obstacle};
  }
  if (!options.router.groups && !options.router.topk_groups) return std::nullopt;
  const RouterSpec& router = c.preset.router;
  const std::string reason = router.why_impossible(c.experts, c.topk);
  if (reason.empty()) return std::nullopt;
  return Conflict{options.router.groups ? "--groups" : "--topk-groups",
                  std::to_string(options.router.groups ? router.n_group : router.topk_group),
                  reason};
}

// Why a recorded table is of another model.
std::optional<std::string> misfit(const RecordedRouting& recorded, int experts) {
  if (recorded.experts != 0 && recorded.experts != experts) {
    return fmt::format("it is of {} experts, the model has {}", recorded.experts, experts);
  }
  std::int32_t last = -1;
  for (const RoutingTable& table : recorded.tables) {
    for (const std::int32_t id : table.topk_ids) last = std::max(last, id);
  }
  if (last < experts) return std::nullopt;
  return fmt::format("it names expert {}, the model has {}", last, experts);
}

std::optional<Conflict> conflict_of_load(const Case& c, const Options& options) {
  if (c.recorded) {
    const auto reason = misfit(*c.recorded, c.experts);
    return reason ? std::optional(Conflict{"--routing", trace_text(options), *reason})
                  : std::nullopt;
  }
  if (c.skew.kind == SkewKind::expert_choice && c.capacity.drops()) {
    return Conflict{"--capacity", c.capacity.text,
                    "experts that choose take what they have room for"};
  }
  try {
    const ExpertHomes homes = expert_homes(c);
    load_shares(c.skew, c.experts, options.seed, data_folder() / "expert-counts.csv", homes);
    if (c.skew.kind == SkewKind::local) local_shares(homes, c.experts, c.topk, /*group_rank=*/0);
  } catch (const CaseSkipped& error) {
    return Conflict{"--skew", c.skew.text, error.what()};
  }
  return std::nullopt;
}

// Which option of the placement does not fit the case.
std::optional<Conflict> conflict_of_placement(const Case& c, int nodes, std::uint64_t seed) {
  const PlacementChoice& choice = c.placed;
  try {
    plan_weights(c, seed);
  } catch (const CaseSkipped& error) {
    return Conflict{"--plan-skew", choice.plan_skew.value_or(c.skew).text, error.what()};
  }
  try {
    slots_of(c, nodes, seed);
  } catch (const CaseSkipped& error) {
    if (choice.replicas > 0) {
      return Conflict{"--replicas", std::to_string(choice.replicas), error.what()};
    }
    return Conflict{"--placement", choice.placement.text, error.what()};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Conflict> conflict_of(const Case& c, const Options& options, const JobShape& job) {
  auto conflict = conflict_of_shape(c, options);
  if (!conflict) conflict = conflict_of_router(c, options, job);
  if (!conflict) conflict = conflict_of_load(c, options);
  if (!conflict) conflict = conflict_of_placement(c, whole_nodes(c.ep, job), options.seed);
  return conflict;
}

void Verdicts::accept(const Case& c, const Options& options) {
  for (const auto& [flag, value] : values_of(c, options)) good_.insert(flag + value);
}

void Verdicts::throw_if_hopeless() const {
  for (const Conflict& conflict : bad_) {
    if (!good_.contains(conflict.flag + conflict.value)) {
      throw UsageError(fmt::format("{}: '{}' is not allowed: {}", conflict.flag, conflict.value,
                                   conflict.reason));
    }
  }
}

}  // namespace moemark::bench
