// Which ranks send to which while a link is probed.
#include "measure/link_patterns.hpp"

#include <algorithm>
#include <stdexcept>

namespace moemark::measure {
namespace {

constexpr std::size_t most_peers = 16;

std::vector<int> ranks_of_largest_node(const Topology& topology) {
  std::vector<std::vector<int>> ranks(static_cast<std::size_t>(topology.nodes()));
  for (int r = 0; r < topology.ranks(); ++r) {
    ranks[static_cast<std::size_t>(topology.node_of(r))].push_back(r);
  }
  return *std::ranges::max_element(ranks, {}, &std::vector<int>::size);
}

// Beginning behind `rank`, so that the peers of neighbours differ.
std::vector<int> peers_of(int rank, const Topology& topology, LinkClass link) {
  std::vector<int> peers;
  for (int step = 1; step < topology.ranks() && peers.size() < most_peers; ++step) {
    const int peer = (rank + step) % topology.ranks();
    if (topology.link(rank, peer) == link) peers.push_back(peer);
  }
  return peers;
}

}  // namespace

bool has_link(const Topology& topology, LinkClass link) {
  if (link == LinkClass::inter) return topology.nodes() > 1;
  return link == LinkClass::intra && topology.ranks_per_node() > 1;
}

Flows flows_of(Pattern pattern, const Topology& topology, LinkClass link, int turn) {
  if (!has_link(topology, link)) throw std::invalid_argument("flows_of: no link of this class");
  std::vector<int> ranks = ranks_of_largest_node(topology);
  if (loads_one_port(pattern)) ranks = {ranks[static_cast<std::size_t>(turn) % ranks.size()]};
  Flows flows;
  for (const int rank : ranks) {
    std::vector<int> peers = peers_of(rank, topology, link);
    if (pattern == Pattern::pair) peers = {peers[static_cast<std::size_t>(turn) % peers.size()]};
    for (const int peer : peers) {
      const bool inward = pattern == Pattern::fan_in || pattern == Pattern::into_ranks;
      flows.push_back(inward ? Flow{peer, rank} : Flow{rank, peer});
    }
  }
  return flows;
}

}  // namespace moemark::measure
