// `hierarchical_allgather`: every token to every rank of the rail (ranks of equal place in their
// nodes), then to every rank of the node, so that it crosses to another node once
// (parts/gather_scatter.hpp has the steps).
//
// Bytes: Tmax * b to each rank of the rail, N * Tmax * b to each of the node; combine the same with
// b_c. Metadata: 8 * K for each of those rows.
#include "dispatcher/parts/gather_scatter.hpp"
#include "dispatcher/parts/rails.hpp"

namespace moemark::dispatcher {
namespace {

RankTraffic declare(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
                    Direction direction, std::size_t row_bytes, const Exchange& /*exchange*/) {
  const Rails rails = even_rails_of(groups, rank);
  const std::int64_t tokens = largest_tokens(traffic, groups, rank);
  const auto nodes = static_cast<std::int64_t>(rails.rail.size());
  RankTraffic declared =
      declare_hop(groups, rank, rails.rail, tokens, direction, row_bytes, traffic.topk);
  declared +=
      declare_hop(groups, rank, rails.node, nodes * tokens, direction, row_bytes, traffic.topk);
  return declared;
}

}  // namespace

DispatcherEntry hierarchical_allgather() {
  return {
      .name = "hierarchical_allgather",
      .summary = "the same over the rail, then over the node",
      .make = [](comm::Transport& transport) -> std::unique_ptr<Dispatcher> {
        auto [rail, node] = split_rails(transport);
        return std::make_unique<GatherScatter>(std::vector<Hop>{
            {"transfer_rail", std::make_shared<comm::Transport>(std::move(rail))},
            {"transfer_node", std::make_shared<comm::Transport>(std::move(node))}});
      },
      .declare = &declare,
      .buffer_bytes =
          [](const Sizes& s) {
            return GatherScatter::buffer_bytes(
                s, {static_cast<std::size_t>(s.topology.nodes()),
                    static_cast<std::size_t>(s.topology.ranks_per_node())});
          },
      .bound_us = &all_gather_bound_us,
      .obstacle = &needs_even_nodes,
  };
}

}  // namespace moemark::dispatcher
