// --plan-only: the exact columns of a case for any number of ranks, on one process.
#include "bench/common/inputs/plan.hpp"

namespace moemark::bench {

RoutedCase plan_route(const Case& c, const Topology& topology, const Options& options) {
  const ExpertGroups groups = expert_groups(c, topology);
  PlannedTables tables(c, options.seed, options.routing);
  TrafficMatrices traffic(groups);
  std::uint64_t hash = fnv1a_start;
  std::int64_t dropped = 0;
  for (int rank = 0; rank < groups.ranks; ++rank) {
    const PlannedTables::Kept kept = tables.kept(rank);
    dropped += kept.dropped;
    const RoutingTable table = c.slots.place(kept.table, rank);
    hash = fnv1a(hash, std::as_bytes(std::span(table.topk_ids)));
    traffic.set_row(rank, traffic_row(table, groups, rank));
  }
  const dispatcher::Sizes sizes = dispatcher::sizes_of(traffic, groups, /*rank=*/0, row_format(c));
  return {c,
          std::move(tables),
          groups,
          {},
          {},
          sizes,
          std::make_shared<const TrafficMatrices>(std::move(traffic)),
          hash,
          dropped};
}

}  // namespace moemark::bench
