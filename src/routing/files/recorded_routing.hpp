// One routing out of a trace: what all ranks routed in one step and layer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "routing/routing_table.hpp"

namespace moemark {

struct StepLayer {
  int step = 0;
  int layer = 0;
};

struct RecordedRouting {
  int experts = 0;  // of the model; 0: the trace does not say
  int topk = 0;
  bool weighted = false;             // every table's weights are recorded ones
  std::vector<RoutingTable> tables;  // [ranks]: the trace's ranks in rising order

  [[nodiscard]] int ranks() const { return static_cast<int>(tables.size()); }
  // Of the rank with the most.
  [[nodiscard]] int tokens_max() const;
};

// The tables of `wanted`, or of the trace's first step and layer. The whole trace is read, and
// malformed lines behind the wanted ones are refused too. Throws UsageError beginning with `origin`
// when it is malformed, has no such step and layer, has a rank of it twice, or has tables of it
// that differ in k or experts.
RecordedRouting select_routing(const std::string& origin, std::string_view text,
                               const std::optional<StepLayer>& wanted);

// A compact trace of this routing alone, from which select_routing() makes it again.
std::string binary_trace(const RecordedRouting& routing);

}  // namespace moemark
