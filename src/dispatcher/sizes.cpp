// What a rank must hold for the tables of a case.
#include "dispatcher/sizes.hpp"

#include <algorithm>

#include "dispatcher/parts/rails.hpp"

namespace moemark::dispatcher {
namespace {

std::size_t to_size(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

std::vector<int> ranks_of_node(const Topology& topology, int node) {
  std::vector<int> ranks;
  for (int rank = 0; rank < topology.ranks(); ++rank) {
    if (topology.node_of(rank) == node) ranks.push_back(rank);
  }
  return ranks;
}

}  // namespace

std::vector<PeerRows> rows_to_peers(const ExpertGroups& groups, std::span<const std::int64_t> n,
                                    std::span<const std::int64_t> u,
                                    std::span<const std::int64_t> v) {
  // A node may hold ranks of several EP groups; a source sends to its own group only.
  std::vector<std::int64_t> u_node(v.size());
  for (int rank = 0; rank < groups.ranks; ++rank) {
    u_node[to_size(groups.topology.node_of(rank))] += u[to_size(rank)];
  }
  std::vector<PeerRows> rows;
  for (int rank = 0; rank < groups.ranks; ++rank) {
    const std::size_t node = to_size(groups.topology.node_of(rank));
    rows.push_back({n[to_size(rank)], u[to_size(rank)], v[node], u_node[node]});
  }
  return rows;
}

Sizes sizes_of(const OwnTraffic& own, const ExpertGroups& groups, const RowFormat& format) {
  Sizes sizes(format);
  const int first = groups.first_rank(groups.group_of(own.rank));
  sizes.rank = own.rank - first;
  sizes.ranks = groups.ep;
  sizes.topk = own.topk;
  sizes.placement = groups.placement;
  sizes.topology = groups.topology.slice(first, groups.ep);
  sizes.tokens = to_size(own.tokens);
  sizes.tokens_max = to_size(own.tokens_max);
  sizes.cell_rows = to_size(own.cell_max);
  for (const int peer : ranks_of_group(groups, own.rank)) {
    sizes.send_rows += to_size(own.out[to_size(peer)].n);
    sizes.receive_rows += to_size(own.in[to_size(peer)].n);
    sizes.unique_send_rows += to_size(own.out[to_size(peer)].u);
    sizes.unique_receive_rows += to_size(own.in[to_size(peer)].u);
  }
  if (const auto rails = rails_of(groups, own.rank)) {
    for (const int peer : rails->rail) {
      sizes.rail_send_rows += to_size(own.out[to_size(peer)].v);
      sizes.rail_receive_rows += to_size(own.in[to_size(peer)].v);
      sizes.forward_rows += to_size(own.in[to_size(peer)].u_node);
    }
  }
  return sizes;
}

Sizes sizes_of(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
               const RowFormat& format) {
  OwnTraffic own{.rank = rank, .topk = traffic.topk, .tokens = traffic.tokens[to_size(rank)]};
  own.out = rows_to_peers(groups, traffic.n.row(rank), traffic.u.row(rank), traffic.v.row(rank));
  own.in.resize(to_size(groups.ranks));
  const int node = groups.topology.node_of(rank);
  const std::vector<int> members = ranks_of_node(groups.topology, node);
  for (const int peer : ranks_of_group(groups, rank)) {
    PeerRows& rows = own.in[to_size(peer)];
    rows = {traffic.n.at(peer, rank), traffic.u.at(peer, rank), traffic.v.at(peer, node), 0};
    for (const int member : members) rows.u_node += traffic.u.at(peer, member);
    own.tokens_max = std::max(own.tokens_max, traffic.tokens[to_size(peer)]);
    const auto cells = traffic.c.row(peer);
    own.cell_max = std::max(own.cell_max, *std::ranges::max_element(cells));
  }
  return sizes_of(own, groups, format);
}

}  // namespace moemark::dispatcher
