// `--routing ids`: k distinct experts a token, every expert's expected load exactly its target
// (randomised systematic sampling, Hartley and Rao 1962, over a Fisher-Yates shuffle).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "routing/load_shares.hpp"
#include "routing/routing_table.hpp"

namespace moemark {

class ExpertDraw {
 public:
  // `targets` as of inclusion_targets(); topk * 2^16 is their sum.
  ExpertDraw(std::vector<std::uint32_t> targets, int topk, std::uint64_t seed, std::uint32_t step);

  // Fills the k ids of one token of one rank (of the whole job), in the order of selection.
  void draw(std::uint32_t rank, std::uint32_t token, std::span<std::int32_t> ids);

 private:
  std::vector<std::uint32_t> targets_;
  std::uint32_t topk_;
  std::uint64_t seed_;
  std::uint32_t step_;
  std::vector<std::uint32_t> shuffled_;
  std::vector<std::uint32_t> words_;
};

// Everything that decides a planned table.
struct RoutingPlan {
  Skew skew;
  int experts = 0;
  int topk = 0;
  int tokens = 0;  // of each rank; the middle of the range when ragged
  std::uint64_t seed = 0;
  std::uint32_t step = 0;
  ExpertHomes homes = {};
  double tokens_spread = 0.0;  // F, from 0 to 1
  int width = 0;  // least columns of a table of expert_choice, whose tokens have no fixed k
};

// Tokens of a rank of the job. Ragged ranks (F > 0) have tokens - d .. tokens + d, each number
// alike likely, d = F * tokens rounded half up: word 0 of the rank in the stream `ragged_counts`,
// step 0 whatever the step, so that routings of one run fit the same tokens.
int tokens_of(const RoutingPlan& plan, std::uint32_t rank);

// The table of one rank of the job with lattice weights: drawn from `shares`; `balanced` goes round
// robin, `local` draws from the own rank's experts, `topic` from the load of each token's topic,
// `hash` looks a token's word up and `expert_choice` has experts choose, whatever the shares;
// `masked:F` takes all experts away from a token whose word 0 of the stream `skew` is below F *
// 2^32. Throws CaseSkipped when topk exceeds the experts.
RoutingTable planned_table(const RoutingPlan& plan, const std::vector<double>& shares,
                           std::uint32_t rank);

// `masked:F` as above, on any table of that rank.
void mask_tokens(const RoutingPlan& plan, std::uint32_t rank, RoutingTable& table);

// Weights of the oracle's lattice for every assignment of a table, from the stream `weights`.
void fill_lattice_weights(const RoutingPlan& plan, std::uint32_t rank, RoutingTable& table);

}  // namespace moemark
