// The two hops of hierarchical strategies: ranks of equal place in their nodes form a rail, which
// crosses nodes; the ranks of a node are the other hop.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "comm/transport.hpp"
#include "traffic/expert_groups.hpp"

namespace moemark::dispatcher {

// Job ranks of one rank's EP group that it meets on each hop, itself included.
struct Rails {
  std::vector<int> rail;  // one a node, in the order of nodes
  std::vector<int> node;  // of the own node, in the order of places
};

// Nothing where the nodes of the group have different numbers of its ranks.
std::optional<Rails> rails_of(const ExpertGroups& groups, int rank);

// For those behind needs_even_nodes(): throws std::invalid_argument where rails_of() has nothing.
Rails even_rails_of(const ExpertGroups& groups, int rank);

// The sentence for a skipped row, where rails_of() has nothing for some group.
std::optional<std::string> needs_even_nodes(const ExpertGroups& groups);

// Collective: the transports of the rail and of the node, ranks in the orders of Rails.
std::pair<comm::Transport, comm::Transport> split_rails(comm::Transport& transport);

// Group ranks by place in the node, then by node: the order in which the two hops deliver sources.
std::vector<int> order_by_rail(const Topology& group);

// Job ranks of the EP group of `rank`.
std::vector<int> ranks_of_group(const ExpertGroups& groups, int rank);

}  // namespace moemark::dispatcher
