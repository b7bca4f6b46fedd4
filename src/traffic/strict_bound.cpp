// Bounds of what must cross into and out of ranks and nodes, whatever the algorithm.
#include <array>

#include "traffic/link_times.hpp"
#include "traffic/lower_bound.hpp"

namespace moemark {
namespace {

using bounds::at;
using bounds::LinkTimes;
using bounds::node_sums;
using bounds::Rows;
using bounds::zeros;

// Rows that must cross into and out of every rank [ranks] and node [nodes], whatever the algorithm.
struct Crossings {
  Rows rank_in, rank_out, node_in, node_out;
};

Crossings crossings_of_distinct(const TrafficMatrices& traffic, const Topology& topology) {
  Crossings rows{zeros(topology.ranks()), traffic.to_other_ranks, zeros(topology.nodes()),
                 node_sums(traffic.to_other_nodes, topology)};
  for (int s = 0; s < topology.ranks(); ++s) {
    for (int d = 0; d < topology.ranks(); ++d) {
      if (d != s) at(rows.rank_in, d) += traffic.u.at(s, d);
    }
    for (int m = 0; m < topology.nodes(); ++m) {
      if (m != topology.node_of(s)) at(rows.node_in, m) += traffic.v.at(s, m);
    }
  }
  return rows;
}

// No row can stand for another.
Crossings crossings_of_all(const CountMatrix& n, const Topology& topology) {
  Crossings rows{zeros(topology.ranks()), zeros(topology.ranks()), zeros(topology.nodes()),
                 zeros(topology.nodes())};
  for (int s = 0; s < topology.ranks(); ++s) {
    for (int d = 0; d < topology.ranks(); ++d) {
      if (d == s) continue;
      at(rows.rank_in, d) += n.at(s, d);
      at(rows.rank_out, s) += n.at(s, d);
      if (topology.link(s, d) == LinkClass::intra) continue;
      at(rows.node_in, topology.node_of(d)) += n.at(s, d);
      at(rows.node_out, topology.node_of(s)) += n.at(s, d);
    }
  }
  return rows;
}

Crossings crossings_of(const TrafficMatrices& traffic, const ExpertGroups& groups,
                       RowsMoved moved) {
  return moved == RowsMoved::distinct ? crossings_of_distinct(traffic, groups.topology)
                                      : crossings_of_all(traffic.n, groups.topology);
}

// As if every rank needed every token of its group, padded to the group's largest T. What goes out
// is less than what comes in somewhere else, so it is left at zero.
Crossings crossings_of_all_gather(const TrafficMatrices& traffic, const ExpertGroups& groups) {
  const Topology& topology = groups.topology;
  Crossings rows{zeros(topology.ranks()), zeros(topology.ranks()), zeros(topology.nodes()),
                 zeros(topology.nodes())};
  for (int group = 0; group < groups.groups(); ++group) {
    const int first = groups.first_rank(group);
    const auto begin = traffic.tokens.begin() + first;
    const std::int64_t padded = *std::max_element(begin, begin + groups.ep);
    Rows members = zeros(topology.nodes());
    for (int r = first; r < first + groups.ep; ++r) {
      at(rows.rank_in, r) = (groups.ep - 1) * padded;
      at(members, topology.node_of(r)) += 1;
    }
    for (int m = 0; m < topology.nodes(); ++m) {
      if (at(members, m) > 0) at(rows.node_in, m) += (groups.ep - at(members, m)) * padded;
    }
  }
  return rows;
}

// Ranks whose group spans several nodes: N > 1.
std::vector<bool> ranks_with_network(const ExpertGroups& groups) {
  std::vector<bool> has;
  for (int group = 0; group < groups.groups(); ++group) {
    const bool network = groups.topology.nodes_among(groups.first_rank(group), groups.ep) > 1;
    has.insert(has.end(), static_cast<std::size_t>(groups.ep), network);
  }
  return has;
}

// One entry a kind of link: into ranks, out of ranks, into nodes, out of nodes, delivered on nodes.
using CrossingTimes = std::array<LinkTimes, 5>;

CrossingTimes times_of(const Crossings& rows, const ExpertGroups& groups, std::size_t row_bytes,
                       const LinkRates& links) {
  const Topology& topology = groups.topology;
  const std::vector<bool> rank_has_network = ranks_with_network(groups);
  std::vector<bool> node_has_network(static_cast<std::size_t>(topology.nodes()));
  CrossingTimes times;
  times.fill(LinkTimes(row_bytes));
  auto& [rank_in, rank_out, node_in, node_out, delivered] = times;
  for (int r = 0; r < topology.ranks(); ++r) {
    const bool network = rank_has_network[static_cast<std::size_t>(r)];
    const double rate = links.port_intra + (network ? links.port_inter : 0.0);
    rank_in.add(at(rows.rank_in, r), rate);
    rank_out.add(at(rows.rank_out, r), rate);
    if (network) node_has_network[static_cast<std::size_t>(topology.node_of(r))] = true;
  }
  node_in.add_all(rows.node_in, links.node_inter);
  node_out.add_all(rows.node_out, links.node_inter);
  const Rows delivered_rows = node_sums(rows.rank_in, topology);
  for (int m = 0; m < topology.nodes(); ++m) {
    const bool network = node_has_network[static_cast<std::size_t>(m)];
    delivered.add(at(delivered_rows, m), links.node_intra + (network ? links.node_inter : 0.0));
  }
  return times;
}

double slowest_us(const CrossingTimes& kinds) {
  double us = 0.0;
  for (const LinkTimes& kind : kinds) us = std::max(us, kind.slowest());
  return us;
}

}  // namespace

double all_gather_bound_us(const TrafficMatrices& traffic, const ExpertGroups& groups,
                           std::size_t row_bytes, const LinkRates& links) {
  return slowest_us(times_of(crossings_of_all_gather(traffic, groups), groups, row_bytes, links));
}

double strict_bound_us(const TrafficMatrices& traffic, const ExpertGroups& groups,
                       std::size_t row_bytes, const LinkRates& links, RowsMoved moved) {
  return slowest_us(times_of(crossings_of(traffic, groups, moved), groups, row_bytes, links));
}

double balanced_bound_us(const TrafficMatrices& traffic, const ExpertGroups& groups,
                         std::size_t row_bytes, const LinkRates& links, RowsMoved moved) {
  double us = 0.0;
  for (const LinkTimes& kind :
       times_of(crossings_of(traffic, groups, moved), groups, row_bytes, links)) {
    us = std::max(us, kind.mean());
  }
  return us;
}

}  // namespace moemark
