// The oracle's second mode: random activations through dispatch, the real expert FFN and combine,
// against the whole layer in float64.
#pragma once

#include <memory>
#include <vector>

#include "bench/common/inputs/routing.hpp"
#include "bench/common/launch/launch.hpp"
#include "bench/common/measuring/dispatch_case.hpp"
#include "kernels/expert_gemm.hpp"

namespace moemark::bench {

class FfnCheck {
 public:
  // Makes weights, this rank's activations and, for its first tokens, the expected result. Does
  // nothing (see reason_to_skip) when the weights of all experts would take too much memory: every
  // rank needs them for its reference.
  FfnCheck(const RoutedCase& routed, Launch& launch);

  // Why the case is not checked in this mode, for the `reason` of its rows; empty when it is.
  [[nodiscard]] const std::string& reason_to_skip() const { return reason_to_skip_; }

  // Collective. Throws WrongResult on every rank when any rank's result is off by more than
  // calc_diff = 1 - 2<x,y>/(|x|^2 + |y|^2) allows. Leaves the lattice in place again.
  void run(NamedDispatcher& named, DispatchCase& ready) const;

 private:
  void expect(std::span<const float> activations, kernels::ExpertWeightsView weights);

  const RoutedCase& routed_;
  Launch& launch_;
  std::string reason_to_skip_;
  std::size_t checked_tokens_ = 0;
  std::vector<std::byte> activations_;  // [T, H] as stored
  std::vector<double> expected_;        // [checked_tokens_, H]
  std::unique_ptr<kernels::PackedExperts> experts_;
};

}  // namespace moemark::bench
