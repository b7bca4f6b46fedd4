// From a case to its routing.
#include "bench/common/inputs/routing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

#include "device/buffer.hpp"
#include "dispatcher/row_codec.hpp"
#include "kernels/router.hpp"
#include "model/errors.hpp"
#include "routing/planned_logits.hpp"

namespace moemark::bench {
namespace {

constexpr int router_chunk_tokens = 4096;  // bounds the activations held at once

// A masked token goes through the router like any other, as padding does; then its choice is void.
void mask_as_planned(RoutingTable& routed, const RoutingTable& planned) {
  for (std::size_t i = 0; i < routed.size(); ++i) {
    if (planned.topk_ids[i] < 0) routed.topk_ids[i] = -1;
  }
}

void compare_with_plan(const RoutingTable& routed, const RoutingTable& planned, int rank) {
  const auto [got, expected] = std::ranges::mismatch(routed.topk_ids, planned.topk_ids);
  if (got == routed.topk_ids.end()) return;
  const auto assignment = static_cast<int>(got - routed.topk_ids.begin());
  throw WrongResult(fmt::format("router on rank {}: token {} choice {} is expert {}, planned {}",
                                rank, assignment / planned.topk, assignment % planned.topk, *got,
                                *expected));
}

// A recorded table goes through the kernel where its router can be made to return any table.
bool goes_through_kernel(const Case& c, RoutingSource routing) {
  if (routing != RoutingSource::trace) return routing == RoutingSource::kernel;
  const auto most_experts = std::bit_floor(static_cast<unsigned>(c.router_hidden));
  return c.preset.router.selects_by_logit() && static_cast<unsigned>(c.experts) <= most_experts;
}

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
  dispatcher::OwnTraffic own{.rank = world.rank(), .topk = c.topk, .tokens = mine.tokens};
  own.tokens_max = largest_in_group(mine.tokens);
  own.cell_max = largest_in_group(mine.c.empty() ? 0 : *std::ranges::max_element(mine.c));
  own.out = dispatcher::rows_to_peers(groups, mine.n, mine.u, mine.v);
  own.in.resize(own.out.size());
  world.all_to_all(std::as_bytes(std::span(own.out)), std::as_writable_bytes(std::span(own.in)));
  return sizes_of(own, groups, row_format(c));
}

}  // namespace

PlannedTables::PlannedTables(const Case& c, std::uint64_t seed)
    : plan_{c.skew, c.experts,  c.topk,          c.tokens,
            seed,   /*step=*/0, expert_homes(c), c.tokens_spread},
      capacity_(c.capacity),
      slots_(c.slots),
      shares_(
          load_shares(c.skew, c.experts, seed, data_folder() / "expert-counts.csv", plan_.homes)),
      recorded_(c.recorded) {}

RoutingTable PlannedTables::of(int rank) const {
  const auto number = static_cast<std::uint32_t>(rank);
  if (recorded_ == nullptr) return planned_table(plan_, shares_, number);
  RoutingTable table = recorded_->tables[static_cast<std::size_t>(rank)];
  fill_lattice_weights(plan_, number, table);
  return table;
}

PlannedTables::Kept PlannedTables::kept(int rank) const {
  Kept kept{.table = of(rank)};
  if (!capacity_.drops()) return kept;
  RoutingTable& table = kept.table;
  if (recorded_ != nullptr && recorded_->weighted) {
    const auto& recorded = recorded_->tables[static_cast<std::size_t>(rank)].topk_weights;
    std::vector<float> lattice = std::exchange(table.topk_weights, recorded);
    kept.dropped = drop_overflow(capacity_, plan_.experts, table);
    table.topk_weights = std::move(lattice);
  } else {
    kept.dropped = drop_overflow(capacity_, plan_.experts, table);
  }
  return kept;
}

dispatcher::RowFormat row_format(const Case& c) {
  return {static_cast<std::size_t>(c.hidden), c.dtype, c.combine_dtype};
}

ExpertGroups expert_groups(const Case& c, const Topology& topology) {
  return {c.ranks, c.ep, ExpertPlacement::contiguous(c.slots.slots(), c.ep), topology};
}

std::vector<std::byte> planned_activations(const Case& c, const PlannedLogits& planner,
                                           const RoutingTable& planned, std::uint64_t seed,
                                           int rank, int first, int count) {
  std::vector<std::byte> rows;
  std::vector<float> logits(static_cast<std::size_t>(c.experts));
  std::vector<float> row(static_cast<std::size_t>(c.router_hidden));
  for (int token = first; token < first + count; ++token) {
    planner.logits(planned, seed, /*step=*/0, static_cast<std::uint32_t>(rank), token, logits);
    planner.activation(logits, row);
    dispatcher::append_encoded(row, token_dtype(c.dtype), rows);
  }
  return rows;
}

RoutingTable route_with_kernel(const Case& c, const RoutingTable& planned, std::uint64_t seed,
                               int rank, device::Stream& stream) {
  const PlannedLogits planner(c.router_hidden, c.experts);
  const std::vector<float> weight = planner.gate_weight();
  const device::Buffer gate = device::upload(stream, std::span<const float>(weight));
  const auto chunk = static_cast<std::size_t>(std::min(planned.tokens, router_chunk_tokens));
  const auto experts = static_cast<std::size_t>(c.experts);
  const auto topk = static_cast<std::size_t>(c.topk);
  device::Buffer logits(chunk * experts * sizeof(float));
  device::Buffer ids(chunk * topk * sizeof(std::int32_t));
  device::Buffer weights(chunk * topk * sizeof(float));
  const kernels::TopkRule rule{c.preset.router, c.topk};

  RoutingTable routed(planned.tokens, planned.topk);
  for (int first = 0; first < planned.tokens; first += router_chunk_tokens) {
    const int count = std::min(router_chunk_tokens, planned.tokens - first);
    const auto rows = static_cast<std::size_t>(count);
    const std::vector<std::byte> host =
        planned_activations(c, planner, planned, seed, rank, first, count);
    const device::Buffer x = device::upload(stream, std::span<const std::byte>(host));
    const auto row_logits = logits.as<float>().first(rows * experts);
    kernels::gate_logits(
        stream, {token_dtype(c.dtype), static_cast<std::size_t>(c.router_hidden), x.bytes()},
        gate.as<const float>(), /*gate_bias=*/{}, row_logits);
    kernels::router_topk(stream, row_logits, c.experts, rule, /*select_bias=*/{},
                         ids.as<std::int32_t>().first(rows * topk),
                         weights.as<float>().first(rows * topk));
    const std::size_t begin = static_cast<std::size_t>(first) * topk;
    device::copy_to_host(
        stream, ids.bytes().first(rows * topk * 4),
        std::as_writable_bytes(std::span(routed.topk_ids).subspan(begin, rows * topk)));
    device::copy_to_host(
        stream, weights.bytes().first(rows * topk * 4),
        std::as_writable_bytes(std::span(routed.topk_weights).subspan(begin, rows * topk)));
    stream.synchronize();
  }
  mask_as_planned(routed, planned);
  compare_with_plan(routed, planned, rank);
  return routed;
}

RoutedCase route(const Case& c, Launch& launch) {
  const comm::Communicator& world = launch.world;
  ExpertGroups groups = expert_groups(c, launch.topology);
  groups.hosts = launch.hosts;
  PlannedTables tables(c, launch.options.seed);
  RoutingTable logical = tables.of(world.rank());
  if (goes_through_kernel(c, launch.options.routing)) {
    std::optional<std::string> failure;
    try {
      logical = route_with_kernel(c, logical, launch.options.seed, world.rank(), launch.stream);
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
