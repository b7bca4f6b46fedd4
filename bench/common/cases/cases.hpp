// The sweep: every combination of the lists, with the reason for those that cannot run.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/common/cases/case_placement.hpp"
#include "bench/common/options/options.hpp"
#include "model/model_preset.hpp"
#include "traffic/topology.hpp"

namespace moemark::bench {

// One routed workload; every dispatcher and baseline of the run measures it.
struct Case {
  ModelPreset preset;  // scaled; its router as the options want it
  int scale = 1;
  int tokens = 0;
  int experts = 0;
  int topk = 0;
  int hidden = 0;         // width of a dispatched row
  int router_hidden = 0;  // width of the router's input (latent MoE: larger)
  int ffn = 0;
  Skew skew;  // of a target: its family, until it is solved
  DType dtype = DType::bf16;
  DType combine_dtype = DType::bf16;
  int ranks = 1;  // of the job
  int ep = 1;     // ranks of a group

  // `preset:tiny/T:256/E:8/k:2/skew:lognormal:0.75/nodes:1`, with the factors that are not the
  // defaults in between.
  std::string name;
  // Why it cannot run: a row with status `skipped`.
  std::optional<std::string> skip;

  std::optional<int> node_limit = {};  // nodes of a token; the router's groups follow it

  // backward: the types are already those of its own dispatch and combine.
  Pass pass = Pass::forward;
  double tokens_spread = 0.0;                            // ragged ranks: +- this share of `tokens`
  std::shared_ptr<const RecordedRouting> recorded = {};  // the tables, in the place of a draw

  std::optional<double> target_imbalance = {};  // rank max/mean that the skew is solved for
  Capacity capacity = {};

  PlacementChoice placed = {};
  ExpertSlots slots = {};  // what that gives: the physical experts of a group
};

// Which rank of its group would hold each expert of a case in the contiguous placement, whatever
// its own: which experts a token takes does not depend on where they are put.
ExpertHomes expert_homes(const Case& c);

// Where the ranks are, as far as cases depend on it.
struct JobShape {
  int ranks = 1;
  int ranks_per_node = 1;
  bool in_blocks = true;  // the ranks of a node follow each other, and only the last has fewer
};
JobShape job_shape(const Topology& topology);

// Nodes that a group of `ep` ranks in block order spans.
int nodes_of_group(int ep, const JobShape& job);
// The same, as far as EPLB may go by nodes: 1 where a group does not fill whole ones.
int whole_nodes(int ep, const JobShape& job);

// Throws UsageError when a value of an option is invalid in every combination. With `recorded`
// all cases replay it; a model of other experts is not among those that it fits.
std::vector<Case> expand_cases(const Options& options, const std::vector<ModelPreset>& presets,
                               const JobShape& job,
                               const std::shared_ptr<const RecordedRouting>& recorded = nullptr);

}  // namespace moemark::bench
