// The sweep.
#include "bench/common/cases/cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "model/errors.hpp"
#include "traffic/expert_placement.hpp"

namespace moemark::bench {
namespace {

// A combination that makes no sense, blamed on one value of one option.
struct Conflict {
  std::string flag;
  std::string value;
  std::string reason;
};

std::string trace_text(const Options& options) {
  return options.trace ? options.trace->text : "";
}

// Which values of which options were seen in a combination that makes sense, and which in one
// that does not.
class Verdicts {
 public:
  void accept(const Case& c, const Options& options) {
    for (const auto& [flag, value] : values_of(c, options)) good_.insert(flag + value);
  }
  void refuse(const Conflict& conflict) { bad_.push_back(conflict); }
  void throw_if_hopeless() const {
    for (const Conflict& conflict : bad_) {
      if (!good_.contains(conflict.flag + conflict.value)) {
        throw UsageError(fmt::format("{}: '{}' is not allowed: {}", conflict.flag, conflict.value,
                                     conflict.reason));
      }
    }
  }

 private:
  static std::map<std::string, std::string> values_of(const Case& c, const Options& options) {
    return {{"--topk", std::to_string(c.topk)},
            {options.experts.empty() ? "--preset" : "--experts",
             options.experts.empty() ? c.preset.name : std::to_string(c.experts)},
            {"--skew", c.skew.text},
            {"--placement", c.placed.placement.text},
            {"--replicas", std::to_string(c.placed.replicas)},
            {"--plan-skew", c.placed.plan_skew ? c.placed.plan_skew->text : "own"},
            {"--routing", trace_text(options)},
            {"--ep", std::to_string(c.ep)}};
  }
  std::set<std::string> good_;
  std::vector<Conflict> bad_;
};

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

std::optional<Conflict> conflict_of(const Case& c, const Options& options) {
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
  if (options.router.groups || options.router.topk_groups) {
    const std::string reason = c.preset.router.why_impossible(c.experts, c.topk);
    if (!reason.empty()) {
      return Conflict{options.router.groups ? "--groups" : "--topk-groups",
                      std::to_string(options.router.groups ? c.preset.router.n_group
                                                           : c.preset.router.topk_group),
                      reason};
    }
  }
  if (c.recorded) {
    const auto reason = misfit(*c.recorded, c.experts);
    return reason ? std::optional(Conflict{"--routing", trace_text(options), *reason})
                  : std::nullopt;
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

// Gradients go the way of the rows they belong to, in the other direction and its type.
Case of_pass(Case c, Pass pass) {
  c.pass = pass;
  if (pass == Pass::backward) std::swap(c.dtype, c.combine_dtype);
  return c;
}

std::string case_name(const Case& c, const Options& options, int nodes) {
  std::string name = fmt::format("preset:{}", c.preset.name);
  if (c.scale != 1) name += fmt::format("/scale:1/{}", c.scale);
  name += fmt::format("/T:{}/E:{}/k:{}", c.tokens, c.experts, c.topk);
  if (!options.hidden.empty()) name += fmt::format("/H:{}", c.hidden);
  if (!options.ffn.empty()) name += fmt::format("/F:{}", c.ffn);
  name += options.router.name(c.preset.router);
  if (c.dtype != DType::bf16) name += fmt::format("/dtype:{}", moemark::name(c.dtype));
  if (c.combine_dtype != DType::bf16) {
    name += fmt::format("/combine:{}", moemark::name(c.combine_dtype));
  }
  if (c.pass == Pass::backward) name += "/pass:backward";
  if (c.tokens_spread > 0.0) name += fmt::format("/spread:{}", c.tokens_spread);
  name += fmt::format("/skew:{}", c.skew.text);
  if (c.target_imbalance) name += fmt::format("/imbalance:{}", *c.target_imbalance);
  if (c.capacity.drops()) name += fmt::format("/capacity:{}", c.capacity.text);
  name += placement_name(c);
  if (options.delay) name += fmt::format("/delay:{}", options.delay->text);
  if (c.ep != c.ranks) name += fmt::format("/ep:{}", c.ep);
  return name + fmt::format("/nodes:{}", nodes);
}

std::vector<int> or_default(const std::vector<int>& given, int otherwise) {
  return given.empty() ? std::vector<int>{otherwise} : given;
}

// The same, as far as EPLB may go by nodes: 1 where a group does not fill whole ones.
int whole_nodes(int ep, const JobShape& job) {
  return ep % job.ranks_per_node == 0 ? ep / job.ranks_per_node : 1;
}

// Calls `visit` with every combination of the integer overrides of one preset.
template <class Visit>
void for_each_shape(const Options& o, const ModelPreset& preset, int ep, Visit visit) {
  const int preset_experts = preset.experts.value_or(ep);
  for (const int experts : or_default(o.experts, preset_experts)) {
    const int preset_topk = preset.experts ? preset.topk : std::min(preset.topk, experts);
    for (const int topk : or_default(o.topk, preset_topk)) {
      for (const int hidden : or_default(o.hidden, preset.comm_hidden)) {
        for (const int ffn : or_default(o.ffn, preset.expert_ffn)) {
          for (const int tokens : o.tokens) visit(experts, topk, hidden, ffn, tokens);
        }
      }
    }
  }
}

// Scaled, with the routers that the options ask for.
std::vector<ModelPreset> chosen_presets(const Options& o, const std::vector<ModelPreset>& presets) {
  std::vector<ModelPreset> chosen;
  for (const std::string& preset_name : o.presets) {
    const ModelPreset preset = scaled_preset(find_preset(presets, preset_name), o.scale);
    for (const RouterSpec& router : o.router.of(preset.router)) {
      chosen.push_back(preset);
      chosen.back().router = router;
    }
  }
  return chosen;
}

std::string routing_name(const Case& c) {
  std::string name =
      fmt::format("{}/{}/{}/{}/{}/{}/{}", c.preset.name, moemark::name(c.preset.router.score),
                  c.tokens, c.experts, c.topk, c.skew.text, depends_on_homes(c.skew) ? c.ep : 0);
  if (c.target_imbalance) {  // what the skew is solved to depends on all that moves load
    name +=
        fmt::format("/{}/{}/{}{}", *c.target_imbalance, c.ep, c.capacity.text, placement_name(c));
  }
  return name;
}

std::size_t count_distinct(const std::vector<Case>& cases,
                           const std::function<std::string(const Case&)>& name_of) {
  std::set<std::string> names;
  for (const Case& c : cases) {
    if (!c.skip) names.insert(name_of(c));
  }
  return names.size();
}

}  // namespace

int nodes_of_group(int ep, const JobShape& job) {
  return (ep + job.ranks_per_node - 1) / job.ranks_per_node;
}

ExpertHomes expert_homes(const Case& c) {
  const auto placement = ExpertPlacement::contiguous(c.experts, c.ep);
  ExpertHomes homes{.ranks = c.ep};
  for (int expert = 0; expert < c.experts; ++expert) {
    homes.rank_of.push_back(placement.rank_of(expert));
  }
  return homes;
}

std::vector<Case> expand_cases(const Options& o, const std::vector<ModelPreset>& presets,
                               const JobShape& job,
                               const std::shared_ptr<const RecordedRouting>& recorded) {
  std::vector<Case> cases;
  Verdicts verdicts;
  const auto add = [&](Case c) {
    c.tokens_spread = o.tokens_spread;
    c.recorded = recorded;
    const int nodes = whole_nodes(c.ep, job);
    c.name = case_name(c, o, nodes_of_group(c.ep, job));
    auto conflict = conflict_of(c, o);
    if (!conflict) conflict = conflict_of_placement(c, nodes, o.seed);
    if (conflict) {
      verdicts.refuse(*conflict);
      c.skip = conflict->reason;
    } else {
      verdicts.accept(c, o);
      c.slots = slots_of(c, nodes, o.seed);
      if (c.combine_dtype == DType::fp8) c.skip = "sums of gradients do not travel as fp8";
    }
    cases.push_back(std::move(c));
  };
  const auto add_placements = [&](Case c) {
    for (const PlacementChoice& choice : placement_choices(o)) {
      c.placed = choice;
      add(c);
    }
  };
  const auto add_capacities = [&](Case c) {
    for (const Capacity& capacity : o.capacities) {
      c.capacity = capacity;
      add_placements(c);
    }
  };
  const auto add_targets = [&](Case c) {
    if (o.target_imbalances.empty()) add_capacities(c);
    for (const double target : o.target_imbalances) {
      c.target_imbalance = target;
      add_capacities(c);
    }
  };
  const auto add_passes = [&](const Case& c) {
    for (const Pass pass : o.passes) add_targets(of_pass(c, pass));
  };
  for (const ModelPreset& preset : chosen_presets(o, presets)) {
    for (const int ep : or_default(o.ep, job.ranks)) {
      for (const Skew& skew : o.skews) {
        for (const DType dtype : o.dtypes) {
          for (const DType combine : o.combine_dtypes) {
            for_each_shape(o, preset, ep,
                           [&](int experts, int topk, int hidden, int ffn, int tokens) {
                             const int router_hidden = o.hidden.empty() ? preset.hidden : hidden;
                             add_passes({preset,
                                         o.scale,
                                         tokens,
                                         experts,
                                         topk,
                                         hidden,
                                         router_hidden,
                                         ffn,
                                         skew,
                                         dtype,
                                         combine,
                                         job.ranks,
                                         ep,
                                         {},
                                         {}});
                           });
          }
        }
      }
    }
  }
  verdicts.throw_if_hopeless();
  return cases;
}

std::size_t count_routings(const std::vector<Case>& cases) {
  return count_distinct(cases, routing_name);
}

std::size_t count_matrices(const std::vector<Case>& cases) {
  return count_distinct(cases, [](const Case& c) {
    return fmt::format("{}/{}/{}/{}/{}{}", routing_name(c), c.hidden, name(c.dtype), c.ep,
                       c.capacity.text, placement_name(c));
  });
}

}  // namespace moemark::bench
