// The --skew specs: what share of all assignments each expert is to receive.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace moemark {

enum class SkewKind : std::uint8_t { uniform, balanced, lognormal, zipf, hot, empirical };

struct Skew {
  SkewKind kind = SkewKind::uniform;
  double parameter = 0.0;  // sigma, exponent, or the share of the hot experts
  int hot_experts = 0;
  std::string model;  // empirical: "olmoe" or "mixtral", domain, layer
  std::string domain;
  int layer = 0;
  std::string text;  // as given, with named sigmas kept (`lognormal:chat`)
};

// Parses `uniform`, `balanced`, `lognormal:SIGMA|NAME`, `zipf:A`, `hot:N/F` or
// `empirical:MODEL/DOMAIN/LAYER`. Throws UsageError naming --skew, the value and what is allowed.
Skew parse_skew(const std::string& text);

// Float64 shares of the E experts, summing to 1 before rounding (definitions: "Load shares").
// Throws CaseSkipped when the spec cannot describe E experts (recorded model has another E, more
// hot experts than experts), UsageError when the counts file is missing, cut or malformed.
// `balanced` has uniform shares: planned_table() makes its table by round robin, not by drawing.
std::vector<double> load_shares(const Skew& skew, int experts, std::uint64_t seed,
                                const std::filesystem::path& counts_file);

// Integers that sum to topk * 2^16, each at most 2^16: shares rounded to 24 significant bits, times
// k, water-filled at the cap, then rounded by largest remainder (ties to the lower id).
std::vector<std::uint32_t> inclusion_targets(const std::vector<double>& shares, int topk);

}  // namespace moemark
