// Which node each rank of the job lives on, and the class of the link between two ranks.
#pragma once

#include <cstdint>
#include <vector>

namespace moemark {

enum class LinkClass : std::uint8_t { self, intra, inter };

class Topology {
 public:
  Topology() = default;  // of no ranks
  // Blocks of `ranks_per_node` ranks; a last, smaller node is allowed.
  static Topology blocks(int ranks, int ranks_per_node);
  // From a node id per rank (any ids; renumbered in order of first appearance).
  explicit Topology(const std::vector<int>& node_of_rank);

  [[nodiscard]] int ranks() const { return static_cast<int>(node_of_.size()); }
  [[nodiscard]] int nodes() const { return nodes_; }
  [[nodiscard]] int node_of(int rank) const { return node_of_[static_cast<std::size_t>(rank)]; }
  // The rank's place inside its node.
  [[nodiscard]] int local_rank(int rank) const {
    return local_rank_[static_cast<std::size_t>(rank)];
  }
  // Largest number of ranks on a node.
  [[nodiscard]] int ranks_per_node() const;
  [[nodiscard]] LinkClass link(int source, int destination) const {
    if (source == destination) return LinkClass::self;
    return node_of(source) == node_of(destination) ? LinkClass::intra : LinkClass::inter;
  }
  // The same nodes seen by the ranks [first, first + count) alone, renumbered from 0.
  [[nodiscard]] Topology slice(int first, int count) const;
  // Number of distinct nodes among the ranks [first, first + count).
  [[nodiscard]] int nodes_among(int first, int count) const;

 private:
  std::vector<int> node_of_;
  std::vector<int> local_rank_;
  int nodes_ = 0;
};

}  // namespace moemark
