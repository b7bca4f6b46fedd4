// Numbers nodes in order of first appearance, and ranks inside each node.
#include "traffic/topology.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <unordered_map>

namespace moemark {

Topology Topology::blocks(int ranks, int ranks_per_node) {
  if (ranks < 1 || ranks_per_node < 1) {
    throw std::invalid_argument("Topology: ranks and ranks per node must be at least 1");
  }
  std::vector<int> node(static_cast<std::size_t>(ranks));
  for (int rank = 0; rank < ranks; ++rank) {
    node[static_cast<std::size_t>(rank)] = rank / ranks_per_node;
  }
  return Topology(node);
}

Topology::Topology(const std::vector<int>& node_of_rank) {
  std::unordered_map<int, int> number;
  std::vector<int> ranks_on;
  for (const int given : node_of_rank) {
    const auto [entry, fresh] = number.try_emplace(given, nodes_);
    if (fresh) {
      ranks_on.push_back(0);
      ++nodes_;
    }
    node_of_.push_back(entry->second);
    local_rank_.push_back(ranks_on[static_cast<std::size_t>(entry->second)]++);
  }
}

int Topology::ranks_per_node() const {
  return local_rank_.empty() ? 0 : *std::ranges::max_element(local_rank_) + 1;
}

Topology Topology::slice(int first, int count) const {
  if (first < 0 || count < 0 || first + count > ranks()) {
    throw std::out_of_range("Topology: a slice must lie inside the job's ranks");
  }
  const auto begin = node_of_.begin() + first;
  return Topology(std::vector<int>(begin, begin + count));
}

int Topology::nodes_among(int first, int count) const {
  return slice(first, count).nodes();
}

}  // namespace moemark
