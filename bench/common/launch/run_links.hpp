// The links that the bounds of a run are computed on: given, or probed before and after its cases.
#pragma once

#include "bench/common/launch/launch.hpp"
#include "measure/link_probes.hpp"
#include "traffic/lower_bound.hpp"
#include "traffic/topology.hpp"

namespace moemark::bench {

class RunLinks {
 public:
  // Takes --link-intra and --link-inter. What is not given will be probed, unless the run moves
  // nothing or times nothing (--plan-only, --check-only): such a run has bounds only if links are
  // given, and the constructor throws UsageError when the nodes of `topology` need the one that is
  // missing.
  RunLinks(Launch& launch, const Topology& topology);

  // Collective, in this order. The larger of both probes counts: a neighbour's load slows a probe
  // and never speeds it up. Rows written in between are written anew.
  void before_cases();
  void after_cases();

 private:
  [[nodiscard]] bool probes() const { return wanted_.intra || wanted_.inter; }
  void probe();

  Launch& launch_;
  LinkRates links_;  // given, and probed so far
  measure::ProbedLinks wanted_;
};

}  // namespace moemark::bench
