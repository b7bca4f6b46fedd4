// Which ranks send to which while a link is probed. Plain arithmetic on a topology.
#pragma once

#include <cstdint>
#include <vector>

#include "traffic/topology.hpp"

namespace moemark::measure {

// One message; the flows of a pattern run at the same time and carry the same number of bytes.
struct Flow {
  int from = 0;
  int to = 0;
  bool operator==(const Flow&) const = default;
};
using Flows = std::vector<Flow>;

// What a pattern loads: one rank's port, in one direction, or a whole node. All probe the node with
// the most ranks, the first of equals.
enum class Pattern : std::uint8_t {
  pair,          // one rank to one other
  fan_out,       // one rank to all that it reaches
  fan_in,        // all that reach it to one rank
  out_of_ranks,  // all ranks of the node to all that they reach
  into_ranks,    // the reverse; inside a node the same again
};

// Whether a pattern's flows all share one port.
constexpr bool loads_one_port(Pattern pattern) {
  return pattern == Pattern::pair || pattern == Pattern::fan_out || pattern == Pattern::fan_in;
}

// Whether any two ranks have a link of this class (intra or inter).
bool has_link(const Topology& topology, LinkClass link);

// The flows of a pattern over links of one class, which must exist. `turn` goes through the ranks
// of the node and through their partners, because no two ports need be equal. "All that it reaches"
// stops at 16 ranks: no port needs more to be full.
Flows flows_of(Pattern pattern, const Topology& topology, LinkClass link, int turn);

}  // namespace moemark::measure
