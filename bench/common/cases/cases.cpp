// The sweep.
#include "bench/common/cases/cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bench/common/cases/case_conflicts.hpp"
#include "bench/common/cases/case_names.hpp"
#include "bench/common/cases/node_limit.hpp"
#include "traffic/expert_placement.hpp"

namespace moemark::bench {
namespace {

// Gradients go the way of the rows they belong to, in the other direction and its type.
Case of_pass(Case c, Pass pass) {
  c.pass = pass;
  if (pass == Pass::backward) std::swap(c.dtype, c.combine_dtype);
  return c;
}

std::vector<int> or_default(const std::vector<int>& given, int otherwise) {
  return given.empty() ? std::vector<int>{otherwise} : given;
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

ModelPreset with_node_limit(ModelPreset preset, std::optional<int> limit, int nodes) {
  if (limit) preset.router = node_limited(preset.router, nodes, *limit);
  return preset;
}

}  // namespace

JobShape job_shape(const Topology& topology) {
  const int per_node = topology.ranks_per_node();
  bool in_blocks = true;
  for (int rank = 0; rank < topology.ranks(); ++rank) {
    in_blocks = in_blocks && topology.node_of(rank) == rank / per_node;
  }
  return {topology.ranks(), per_node, in_blocks};
}

int nodes_of_group(int ep, const JobShape& job) {
  return (ep + job.ranks_per_node - 1) / job.ranks_per_node;
}

int whole_nodes(int ep, const JobShape& job) {
  return ep % job.ranks_per_node == 0 ? ep / job.ranks_per_node : 1;
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
    c.name = case_name(c, o, nodes_of_group(c.ep, job));
    if (const auto conflict = conflict_of(c, o, job)) {
      verdicts.refuse(*conflict);
      c.skip = conflict->reason;
    } else {
      verdicts.accept(c, o);
      c.slots = slots_of(c, whole_nodes(c.ep, job), o.seed);
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
  const auto add_types = [&](Case c) {
    for (const DType dtype : o.dtypes) {
      for (const DType combine : o.combine_dtypes) {
        c.dtype = dtype;
        c.combine_dtype = combine;
        add_passes(c);
      }
    }
  };
  const auto add_shapes = [&](const Case& start) {
    for_each_shape(o, start.preset, start.ep,
                   [&](int experts, int topk, int hidden, int ffn, int tokens) {
                     Case c = start;
                     c.experts = experts;
                     c.topk = topk;
                     c.hidden = hidden;
                     c.router_hidden = o.hidden.empty() ? start.preset.hidden : hidden;
                     c.ffn = ffn;
                     c.tokens = tokens;
                     add_types(c);
                   });
  };
  for (const ModelPreset& preset : chosen_presets(o, presets)) {
    for (const int ep : or_default(o.ep, job.ranks)) {
      for (const std::optional<int> limit : o.router.node_limits) {
        for (const Skew& skew : o.skews) {
          Case c;
          c.preset = with_node_limit(preset, limit, nodes_of_group(ep, job));
          c.scale = o.scale;
          c.ranks = job.ranks;
          c.ep = ep;
          c.node_limit = limit;
          c.skew = skew;
          add_shapes(c);
        }
      }
    }
  }
  verdicts.throw_if_hopeless();
  return cases;
}

}  // namespace moemark::bench
