// What a rank must hold for the tables of a case.
#include "dispatcher/sizes.hpp"

#include <algorithm>

namespace moemark::dispatcher {

Sizes sizes_of(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
               const RowFormat& format) {
  const auto to_size = [](std::int64_t value) { return static_cast<std::size_t>(value); };
  Sizes sizes(format);
  sizes.rank = rank % groups.ep;
  sizes.ranks = groups.ep;
  sizes.topk = traffic.topk;
  sizes.tokens = to_size(traffic.tokens[to_size(rank)]);
  sizes.placement = groups.placement;
  const int first = groups.first_rank(groups.group_of(rank));
  for (int peer = first; peer < first + groups.ep; ++peer) {
    sizes.send_rows += to_size(traffic.n.at(rank, peer));
    sizes.receive_rows += to_size(traffic.n.at(peer, rank));
    sizes.tokens_max = std::max(sizes.tokens_max, to_size(traffic.tokens[to_size(peer)]));
    for (const std::int64_t cell : traffic.c.row(peer)) {
      sizes.cell_rows = std::max(sizes.cell_rows, to_size(cell));
    }
  }
  return sizes;
}

}  // namespace moemark::dispatcher
