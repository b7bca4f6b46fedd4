// `allgather_reducescatter`: every token to every rank of the group in one hop
// (parts/gather_scatter.hpp has the steps).
//
// Bytes s -> d: Tmax * b (combine b_c), by the class of (source, receiver) whatever algorithm the
// library takes. Metadata: 8 * K * Tmax for each pair s != d.
#include "dispatcher/parts/gather_scatter.hpp"
#include "dispatcher/parts/rails.hpp"

namespace moemark::dispatcher {
namespace {

RankTraffic declare(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
                    Direction direction, std::size_t row_bytes, const Exchange& /*exchange*/) {
  return declare_hop(groups, rank, ranks_of_group(groups, rank),
                     largest_tokens(traffic, groups, rank), direction, row_bytes, traffic.topk);
}

}  // namespace

DispatcherEntry allgather_reducescatter() {
  return {
      .name = "allgather_reducescatter",
      .summary = "every token to every rank; combine reduces and scatters",
      .make = [](comm::Transport& transport) -> std::unique_ptr<Dispatcher> {
        return std::make_unique<GatherScatter>(
            std::vector<Hop>{{"transfer", std::make_shared<comm::Transport>(transport.share())}});
      },
      .declare = &declare,
      .buffer_bytes =
          [](const Sizes& s) {
            return GatherScatter::buffer_bytes(s, {static_cast<std::size_t>(s.ranks)});
          },
      .bound_us = &all_gather_bound_us,
  };
}

}  // namespace moemark::dispatcher
