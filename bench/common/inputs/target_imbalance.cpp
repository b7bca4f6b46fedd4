// Draws a case again and again.
#include "bench/common/inputs/target_imbalance.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "bench/common/inputs/routing.hpp"
#include "routing/skew_knob.hpp"

namespace moemark::bench {
namespace {

using Rows = std::vector<std::int64_t>;  // [ranks of the job], received

void add_rows(const RoutingTable& table, const ExpertGroups& groups, int rank, Rows& rows) {
  for (const std::int32_t id : table.topk_ids) {
    if (id >= 0) ++rows[static_cast<std::size_t>(groups.owner(rank, id))];
  }
}

Rows received_rows(const Case& c, const Launch& launch) {
  const ExpertGroups groups = expert_groups(c, launch.topology);
  const PlannedTables tables(c, launch.options.seed, launch.options.routing);
  Rows rows(static_cast<std::size_t>(c.ranks), 0);
  if (launch.options.plan_only) {
    for (int rank = 0; rank < c.ranks; ++rank) add_rows(tables.placed(rank), groups, rank, rows);
    return rows;
  }
  const int self = launch.world.rank();
  add_rows(tables.placed(self), groups, self, rows);
  const Rows all = launch.world.all_gather_values(std::span<const std::int64_t>(rows));
  std::ranges::fill(rows, 0);
  for (std::size_t i = 0; i < all.size(); ++i) rows[i % rows.size()] += all[i];
  return rows;
}

double max_over_mean(const Rows& rows) {
  const auto sum = static_cast<double>(std::accumulate(rows.begin(), rows.end(), std::int64_t{0}));
  if (sum == 0.0) return 0.0;
  const auto most = static_cast<double>(*std::ranges::max_element(rows));
  return most / (sum / static_cast<double>(rows.size()));
}

Case with_skew(Case c, const Skew& skew, const Launch& launch) {
  c.skew = skew;
  c.slots = slots_of(c, whole_nodes(c.ep, job_shape(launch.topology)), launch.options.seed);
  return c;
}

}  // namespace

Case solved_case(const Case& c, const Launch& launch) {
  if (!c.target_imbalance || c.skip) return c;
  const auto realised = [&](const Skew& skew) {
    return max_over_mean(received_rows(with_skew(c, skew, launch), launch));
  };
  return with_skew(c, solve_imbalance(c.skew, c.experts, *c.target_imbalance, realised), launch);
}

}  // namespace moemark::bench
