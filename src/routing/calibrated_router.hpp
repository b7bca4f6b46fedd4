// The inputs of a router with groups or a selection bias that make it give its experts a wanted
// load: found by trying, once for a case.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/router_spec.hpp"

namespace moemark {

// What is found: fed with GumbelLogits of `base`, the router gives the wanted load.
struct RouterCalibration {
  std::vector<float> base;         // [E]
  std::vector<float> select_bias;  // [E]; empty for a router that selects without bias
  // The share of assignments that reach another expert than wanted (half the sum of the absolute
  // differences of load shares) in a sample of its own, less what chance leaves in such a sample.
  double load_error = 0.0;
};

// Where the offsets of the experts go.
enum class OffsetsIn : std::uint8_t {
  selection_bias,  // of a router that has one and scores an expert by its own logit alone (not
                   // softmax); into the base otherwise
  base             // always: a bias of zeros, the same for several loads
};

// More than this is said to be impossible (definitions: "Load error of calibrated skew").
inline constexpr double most_load_error = 0.01;

// `shares` [E] as of load_shares(), capped at one assignment a token as inclusion_targets() does.
// Begins with what a router without groups would need and follows the load, over fresh tokens, by a
// damped multiplicative update: an expert's offset changes by 0.3 ln(wanted / seen), at most 0.5,
// and by 0.7 of its last change (groups couple the experts: without that momentum the update is far
// from its end after three times the iterations); then ten iterations of half the step without
// momentum, whose mean and one full step by what they saw together is taken. An offset in the
// selection bias counts times the slope of the score at the threshold of selection.
// Deterministic: every rank finds the same. Throws UsageError when router.why_impossible, and
// CaseSkipped naming the error when the router cannot give that load (it allows a token too few
// groups for it).
RouterCalibration calibrate_router(const RouterSpec& router, int topk,
                                   const std::vector<double>& shares, std::uint64_t seed,
                                   OffsetsIn where = OffsetsIn::selection_bias);

// Half the sum of |share wanted - share seen|; both are divided by their sums.
double load_error(std::span<const double> wanted, std::span<const std::int64_t> seen);

}  // namespace moemark
