// The two hops of hierarchical strategies.
#include "dispatcher/parts/rails.hpp"

#include <numeric>
#include <stdexcept>

namespace moemark::dispatcher {
namespace {

bool is_even(const Topology& group) {
  return group.nodes() * group.ranks_per_node() == group.ranks();
}

// Group ranks [place][node] of an even group.
std::vector<std::vector<int>> members_by_place(const Topology& group) {
  std::vector<std::vector<int>> members(static_cast<std::size_t>(group.ranks_per_node()),
                                        std::vector<int>(static_cast<std::size_t>(group.nodes())));
  for (int rank = 0; rank < group.ranks(); ++rank) {
    members[static_cast<std::size_t>(group.local_rank(rank))]
           [static_cast<std::size_t>(group.node_of(rank))] = rank;
  }
  return members;
}

}  // namespace

std::optional<Rails> rails_of(const ExpertGroups& groups, int rank) {
  const int first = groups.first_rank(groups.group_of(rank));
  const Topology group = groups.topology.slice(first, groups.ep);
  if (!is_even(group)) return std::nullopt;
  const auto members = members_by_place(group);
  const auto place = static_cast<std::size_t>(group.local_rank(rank - first));
  const auto node = static_cast<std::size_t>(group.node_of(rank - first));
  Rails rails;
  for (const int member : members[place]) rails.rail.push_back(first + member);
  for (const auto& of_place : members) rails.node.push_back(first + of_place[node]);
  return rails;
}

Rails even_rails_of(const ExpertGroups& groups, int rank) {
  auto rails = rails_of(groups, rank);
  if (!rails) throw std::invalid_argument("even_rails_of: nodes with different numbers of ranks");
  return *std::move(rails);
}

std::optional<std::string> needs_even_nodes(const ExpertGroups& groups) {
  for (int group = 0; group < groups.groups(); ++group) {
    if (!is_even(groups.topology.slice(groups.first_rank(group), groups.ep))) {
      return "needs as many ranks of the EP group on every node";
    }
  }
  return std::nullopt;
}

std::pair<comm::Transport, comm::Transport> split_rails(comm::Transport& transport) {
  const int place = transport.topology().local_rank(transport.rank());
  const int node = transport.topology().node_of(transport.rank());
  comm::Transport rail = transport.split(place, node);
  return {std::move(rail), transport.split(node, place)};
}

std::vector<int> order_by_rail(const Topology& group) {
  std::vector<int> order;
  for (const auto& of_place : members_by_place(group)) {
    order.insert(order.end(), of_place.begin(), of_place.end());
  }
  return order;
}

std::vector<int> ranks_of_group(const ExpertGroups& groups, int rank) {
  std::vector<int> ranks(static_cast<std::size_t>(groups.ep));
  std::iota(ranks.begin(), ranks.end(), groups.first_rank(groups.group_of(rank)));
  return ranks;
}

}  // namespace moemark::dispatcher
