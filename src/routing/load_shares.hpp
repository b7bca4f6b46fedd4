// The --skew specs: what share of all assignments each expert is to receive.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace moemark {

enum class SkewKind : std::uint8_t {
  uniform,
  balanced,
  lognormal,
  zipf,
  hot,
  hotrank,
  local,
  masked,
  empirical,
  load,
  topic,
  hash,
  expert_choice,
  trace  // a recorded table in the place of a load: not parsed, and no shares belong to it
};

struct Skew {
  SkewKind kind = SkewKind::uniform;
  // Sigma, exponent, share of the hot experts, load of the hot rank, share of masked tokens, or rho
  // of topics.
  double parameter = 0.0;
  int hot_experts = 0;
  int topics = 0;
  double stick = 0.0;  // topic: the probability that a token keeps its predecessor's
  std::string model;   // empirical: "olmoe" or "mixtral", domain, layer
  std::string domain;
  int layer = 0;
  std::string file = {};  // load: of recorded loads, and which of its vectors
  int vector = 0;
  std::string text;  // as given, with named sigmas kept (`lognormal:chat`)
};

// Parses `uniform`, `balanced`, `lognormal:SIGMA|NAME`, `zipf:A`, `hot:N/F`, `hotrank:R`, `local`,
// `masked:F`, `topic:K/RHO/STICK`, `hash`, `expert_choice`, `empirical:MODEL/DOMAIN/LAYER` or
// `load:FILE[/N]`. Throws
// UsageError naming --skew, the value and what is allowed.
Skew parse_skew(const std::string& text);

// Where the experts stand, as far as a skew depends on it.
struct ExpertHomes {
  int ranks = 1;                  // of the EP group
  std::vector<int> rank_of = {};  // [experts], the group's rank that holds each; empty: rank 0 all

  [[nodiscard]] int rank_of_expert(std::size_t expert) const {
    return rank_of.empty() ? 0 : rank_of[expert];
  }
};
// hotrank and local: another placement is another routing.
bool depends_on_homes(const Skew& skew);

// Float64 shares of the E experts, summing to 1 before rounding (definitions: "Load shares").
// Throws CaseSkipped when the spec cannot describe E experts (recorded model has another E, more
// hot experts than experts, more load on a rank than there is), UsageError when the counts file is
// missing, cut or malformed, and a `load` file alike. `balanced`, `local`, `masked`,
// `hash` and `expert_choice` have uniform shares, `topic` the mean of its topics: what sets them
// apart is how planned_table() makes a table.
std::vector<double> load_shares(const Skew& skew, int experts, std::uint64_t seed,
                                const std::filesystem::path& counts_file,
                                const ExpertHomes& homes = {});

// `local`: the experts of one rank of the group alike, all others never. Throws CaseSkipped on
// every rank when any rank has fewer than topk experts.
std::vector<double> local_shares(const ExpertHomes& homes, int experts, int topk, int group_rank);

// Integers that sum to topk * 2^16, each at most 2^16: shares rounded to 24 significant bits, times
// k, water-filled at the cap, then rounded by largest remainder (ties to the lower id).
std::vector<std::uint32_t> inclusion_targets(const std::vector<double>& shares, int topk);

}  // namespace moemark
