// From a case to its routing.
#include "bench/common/inputs/routing.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "bench/common/inputs/expert_choice_run.hpp"
#include "bench/common/inputs/router_run.hpp"
#include "model/errors.hpp"

namespace moemark::bench {
namespace {

// Serialised so that one gather brings a whole row of every matrix to rank 0.
std::vector<std::int64_t> flatten(const TrafficRow& row) {
  std::vector<std::int64_t> all = {row.tokens, row.topk, row.nodes_per_token_max,
                                   row.to_other_ranks, row.to_other_nodes};
  for (const auto* part : {&row.n, &row.u, &row.v, &row.c}) {
    all.insert(all.end(), part->begin(), part->end());
  }
  return all;
}

TrafficRow unflatten(std::span<const std::int64_t> all, const TrafficRow& shape) {
  TrafficRow row = shape;
  row.tokens = all[0];
  row.topk = static_cast<int>(all[1]);
  row.nodes_per_token_max = all[2];
  row.to_other_ranks = all[3];
  row.to_other_nodes = all[4];
  std::size_t begin = 5;
  for (auto* part : {&row.n, &row.u, &row.v, &row.c}) {
    std::ranges::copy(all.subspan(begin, part->size()), part->begin());
    begin += part->size();
  }
  return row;
}

std::shared_ptr<const TrafficMatrices> gather_traffic(const comm::Communicator& world,
                                                      const ExpertGroups& groups,
                                                      const TrafficRow& mine) {
  const std::vector<std::int64_t> flat = flatten(mine);
  const auto bytes = world.gather(std::as_bytes(std::span(flat)));
  if (!world.is_root()) return nullptr;
  TrafficMatrices traffic(groups);
  std::vector<std::int64_t> part(flat.size());
  for (int rank = 0; rank < groups.ranks; ++rank) {
    std::memcpy(part.data(), bytes.data() + static_cast<std::size_t>(rank) * part.size() * 8,
                part.size() * 8);
    traffic.set_row(rank, unflatten(part, mine));
  }
  return std::make_shared<const TrafficMatrices>(std::move(traffic));
}

// FNV-1a over all ranks' ids in rank order, passed on from rank to rank.
std::uint64_t chain_hash(const comm::Communicator& world, const RoutingTable& table) {
  std::uint64_t state = fnv1a_start;
  for (int rank = 0; rank < world.size(); ++rank) {
    if (rank == world.rank()) state = fnv1a(state, std::as_bytes(std::span(table.topk_ids)));
    state = world.broadcast_value(state, rank);
  }
  return state;
}

// What a rank must know of the others before it allocates: their rows towards it, and the group's
// maxima.
dispatcher::Sizes exchange_sizes(const Case& c, const comm::Communicator& world,
                                 const ExpertGroups& groups, const TrafficRow& mine) {
  const int first = groups.first_rank(groups.group_of(world.rank()));
  const auto largest_in_group = [&](std::int64_t value) {
    const auto all = world.all_gather_value(value);
    return *std::max_element(all.begin() + first, all.begin() + first + groups.ep);
  };
  dispatcher::OwnTraffic own{.rank = world.rank(), .topk = mine.topk, .tokens = mine.tokens};
  own.tokens_max = largest_in_group(mine.tokens);
  own.cell_max = largest_in_group(mine.c.empty() ? 0 : *std::ranges::max_element(mine.c));
  own.out = dispatcher::rows_to_peers(groups, mine.n, mine.u, mine.v);
  own.in.resize(own.out.size());
  world.all_to_all(std::as_bytes(std::span(own.out)), std::as_writable_bytes(std::span(own.in)));
  return sizes_of(own, groups, row_format(c));
}

}  // namespace

dispatcher::RowFormat row_format(const Case& c) {
  return {static_cast<std::size_t>(c.hidden), c.dtype, c.combine_dtype};
}

ExpertGroups expert_groups(const Case& c, const Topology& topology) {
  return {c.ranks, c.ep, ExpertPlacement::contiguous(c.slots.slots(), c.ep), topology};
}

RoutedCase route(const Case& c, Launch& launch) {
  const comm::Communicator& world = launch.world;
  ExpertGroups groups = expert_groups(c, launch.topology);
  groups.hosts = launch.hosts;
  PlannedTables tables(c, launch.options.seed, launch.options.routing);
  RoutingTable logical = tables.of(world.rank());
  if (goes_through_kernel(c, launch.options.routing)) {
    std::optional<std::string> failure;
    try {
      const auto route_in_kernel =
          c.skew.kind == SkewKind::expert_choice ? let_experts_choose : route_with_kernel;
      logical =
          route_in_kernel(c, tables, logical, launch.options.seed, world.rank(), launch.stream);
    } catch (const WrongResult& error) {
      failure = error.what();
    }
    launch.agree(failure);
  }
  if (c.recorded && c.recorded->weighted) {
    logical.topk_weights = c.recorded->tables[static_cast<std::size_t>(world.rank())].topk_weights;
  }
  RoutingTable table = logical;
  std::int64_t dropped_here = 0;
  if (c.capacity.drops()) {
    const PlannedTables::Kept kept = tables.kept(world.rank());
    mask_as_planned(table, kept.table);
    dropped_here = kept.dropped;
  }
  table = c.slots.place(table, world.rank());
  const auto dropped = world.all_gather_value(dropped_here);
  const TrafficRow row = traffic_row(table, groups, world.rank());
  dispatcher::Sizes sizes = exchange_sizes(c, world, groups, row);
  auto traffic = gather_traffic(world, groups, row);
  const std::uint64_t hash = chain_hash(world, table);
  return {c,
          std::move(tables),
          groups,
          std::move(logical),
          std::move(table),
          std::move(sizes),
          std::move(traffic),
          hash,
          std::accumulate(dropped.begin(), dropped.end(), std::int64_t{0})};
}

}  // namespace moemark::bench
