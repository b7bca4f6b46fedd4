// One table of a trace, and what every format of traces holds its tokens to.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "routing/routing_table.hpp"

namespace moemark {

// What one rank routed in one step and layer.
struct TraceTable {
  int step = 0;
  int layer = 0;
  int rank = 0;
  int experts = 0;        // of the model; 0: the trace does not say
  bool weighted = false;  // the weights are recorded ones
  RoutingTable table = {};
};

// Takes the tables of a trace one after the other: a reader never holds more than one.
using TraceVisitor = std::function<void(TraceTable&&)>;

// Ids fit 16 bits in the compact format, with one left to say "none".
constexpr int most_trace_experts = 65535;
constexpr int most_trace_topk = 4096;
constexpr int most_trace_tokens = 1 << 24;

// Checks the experts of one token after the other.
class TokenCheck {
 public:
  // What is wrong with a token's experts: an id outside 0 .. experts - 1 (0 experts: unknown, any
  // that the formats can hold), an expert twice, or an expert behind a -1. Ids of -1, for tokens
  // with fewer experts than k, stand at the end: only there a top-k router can repeat them.
  std::optional<std::string> fault(std::span<const std::int32_t> ids, int experts);

 private:
  std::vector<std::uint32_t> seen_in_;  // [largest expert + 1], the last token that named it
  std::uint32_t token_ = 0;             // from 1
};

}  // namespace moemark
