// The cost of a placement.
#include "bench/common/rows/rebalance.hpp"

#include "bench/common/rows/selection.hpp"
#include "dispatcher/baselines/matrix_exchange.hpp"

namespace moemark::bench {

bool is_rebalanced(const Case& c) {
  return c.placed.placement.kind != PlacementKind::contiguous && c.pass == Pass::forward;
}

bool rebalance_selected(const Options& options, const Case& c) {
  return is_rebalanced(c) && is_selected(options, rebalance_phase, rebalance_exchange, c);
}

Rebalance rebalance_of(const Case& c) {
  Rebalance rebalance;
  rebalance.moves = expert_moves(ExpertSlots::identity(c.experts), c.slots, c.ep);
  rebalance.dtype = c.dtype;
  rebalance.expert_bytes = static_cast<std::size_t>(c.preset.ffn_matrices) *
                           static_cast<std::size_t>(c.hidden) * static_cast<std::size_t>(c.ffn) *
                           size_bytes(c.dtype);
  return rebalance;
}

OperationTraffic traffic_of(const Rebalance& rebalance, const ExpertGroups& groups) {
  const CountMatrix experts = count_moves(rebalance.moves, groups.ep);
  OperationTraffic operation;
  for (int rank = 0; rank < groups.ranks; ++rank) {
    operation.ranks.push_back(
        dispatcher::declare_group_exchange(groups, rank, experts, rebalance.expert_bytes));
  }
  return operation;
}

}  // namespace moemark::bench
