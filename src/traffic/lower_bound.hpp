// The least time in which links of given speed can move a routing: for one strategy, and for any.
//
// A bound is the largest over all ports and nodes of bytes / bandwidth, in microseconds; latency is
// never part of it. EP groups run at the same time, so a node's load is the sum over all of its
// ranks in the job, whatever their group.
//
// Every bound holds for dispatch with `row_bytes` = b and for combine with b_c: combine is the
// transpose, which swaps what enters a port with what leaves it, and ports are as fast in one
// direction as in the other. In the formulas b = row_bytes, m(r) = node of rank r, N = nodes of r's
// EP group.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "traffic/expert_groups.hpp"
#include "traffic/traffic_matrix.hpp"

namespace moemark {

// GB/s (1e9 bytes a second), per direction. A rate may be 0 where nothing is to move.
struct LinkRates {
  double port_intra = 0.0;  // B_u: one rank to and from the other ranks of its node
  double port_inter = 0.0;  // B_o: one rank to and from other nodes
  double node_intra = 0.0;  // A_u: inside a node, all of its ranks at once
  double node_inter = 0.0;  // A_o: into or out of a node, all of its ranks at once
};

// What has to travel. Dispatch and a combine that may add partial sums at the expert's rank and
// node: each token once a place. A combine that may not: one row an assignment.
enum class RowsMoved : std::uint8_t { distinct, every_assignment };

// All functions throw std::invalid_argument when rows must cross a link whose rate is not above 0.

// Every row straight from s to d, rows[s][d] of them ([ranks, ranks] over the job: n for one row an
// assignment, u for one a rank). Per rank, b * what goes to and comes from the node's other ranks
// / B_u and other nodes / B_o; per node, all rows between its ranks / A_u, out of and into it /
// A_o.
double direct_bound_us(const CountMatrix& rows, const ExpertGroups& groups, std::size_t row_bytes,
                       const LinkRates& links);

// Each token once to every other node that needs it, to the rank of the same place (the rail), and
// from there inside the node; all hops overlapped. Ports and nodes as above, with
//   inter out(r) = sum over m != m(r) of v[r][m], inter in(r) the same of its rail peers,
//   intra out(r) = sum over d != r on m(r) and rail peers s of r, r too, of u[s][d],
//   intra in(d)  = sum over ranks r != d on m(d) of what intra out(r) has for d.
// Nothing where the ranks of a group are not spread evenly over its nodes: there is no rail.
std::optional<double> hierarchical_bound_us(const TrafficMatrices& traffic,
                                            const ExpertGroups& groups, std::size_t row_bytes,
                                            const LinkRates& links);

// Every rank's tokens, padded to the group's largest T, to every rank of the group (combine: the
// reduce-scatter of as many): the strict bound of a routing that needs all tokens everywhere. With
// G of the group's R ranks on a node, b * T times the largest of
//   into node m       (R - G) / A_o
//   into rank d       (R - 1) / (B_u + B_o if N > 1)
//   delivered on m    G * (R - 1) / (A_u + A_o if N > 1)
double all_gather_bound_us(const TrafficMatrices& traffic, const ExpertGroups& groups,
                           std::size_t row_bytes, const LinkRates& links);

// Any algorithm: relays through other ranks of the group, copies on the way, both kinds of port at
// once; only multicast inside the network would be faster. The largest of
//   into node m       b * sum over s outside m of v[s][m] / A_o
//   out of node m     b * sum over s on m of to_other_nodes[s] / A_o
//   into rank d       b * sum over s != d of u[s][d] / (B_u + B_o if N > 1)
//   out of rank s     b * to_other_ranks[s] / (B_u + B_o if N > 1)
//   delivered on m    b * sum over d on m and s != d of u[s][d] / (A_u + A_o if N > 1)
// With every_assignment n stands for u, its sums for v and for both columns.
double strict_bound_us(const TrafficMatrices& traffic, const ExpertGroups& groups,
                       std::size_t row_bytes, const LinkRates& links,
                       RowsMoved moved = RowsMoved::distinct);

// strict_bound_us if every rank and every node carried the mean load of its kind (with even nodes:
// of the matrices averaged over the pairs of a link class). Never above strict_bound_us.
double balanced_bound_us(const TrafficMatrices& traffic, const ExpertGroups& groups,
                         std::size_t row_bytes, const LinkRates& links,
                         RowsMoved moved = RowsMoved::distinct);

}  // namespace moemark
