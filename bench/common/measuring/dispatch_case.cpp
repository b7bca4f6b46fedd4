// A routed case made ready to run.
#include "bench/common/measuring/dispatch_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <climits>

#include "model/errors.hpp"
#include "report/format.hpp"

namespace moemark::bench {
namespace {

std::size_t largest_over_ranks(const comm::Communicator& world, std::size_t mine) {
  const auto all = world.all_gather_value(mine);
  return *std::max_element(all.begin(), all.end());
}

// Tokens, oracle and raw references: what a case holds whatever the dispatcher.
std::size_t case_bytes(const dispatcher::Sizes& sizes) {
  const std::size_t tables = sizes.tokens * static_cast<std::size_t>(sizes.topk) * 16;
  const std::size_t raw =
      (sizes.send_rows + sizes.receive_rows) * (sizes.row_bytes() + sizes.combine_row_bytes());
  return dispatcher::Oracle::memory_bytes(sizes) + tables + raw +
         sizes.tokens * (sizes.token_bytes() + sizes.combine_row_bytes());
}

std::size_t budget_after_case(const RoutedCase& routed, Launch& launch) {
  const std::size_t budget = launch.memory_budget_bytes();
  const std::size_t needed = largest_over_ranks(launch.world, case_bytes(routed.sizes));
  if (needed > budget) {
    throw CaseSkipped(fmt::format("needs {} a rank for tokens and oracle, the memory limit is {}",
                                  report::format_bytes(static_cast<std::int64_t>(needed)),
                                  report::format_bytes(static_cast<std::int64_t>(budget))));
  }
  const std::size_t raw_bytes =
      std::max(routed.sizes.send_rows, routed.sizes.receive_rows) *
      std::max(routed.sizes.row_bytes(), routed.sizes.combine_row_bytes());
  if (largest_over_ranks(launch.world, raw_bytes) > INT_MAX) {
    throw CaseSkipped("the raw library reference cannot count 2 GiB and more a rank");
  }
  return budget - needed;
}

dispatcher::OracleCase oracle_case(const RoutedCase& routed, const Launch& launch) {
  const int first = routed.groups.first_rank(routed.groups.group_of(launch.world.rank()));
  return {routed.sizes,
          launch.options.seed,
          /*step=*/0,
          first,
          [&routed, first](int group_rank) { return routed.tables.placed(first + group_rank); },
          routed.what.pass == Pass::forward,
          routed.what.slots};
}

// Bytes of rows to (or from) each rank of the group.
std::vector<std::size_t> pair_bytes(const RoutedCase& routed, const comm::Communicator& group,
                                    std::size_t row_bytes, bool received) {
  std::vector<std::int64_t> sent(static_cast<std::size_t>(group.size()), 0);
  for (const std::int32_t id : routed.table.topk_ids) {
    if (id >= 0) ++sent[static_cast<std::size_t>(routed.groups.placement.rank_of(id))];
  }
  std::vector<std::int64_t> rows = sent;
  if (received) {
    group.all_to_all(std::as_bytes(std::span(sent)), std::as_writable_bytes(std::span(rows)));
  }
  std::vector<std::size_t> bytes;
  bytes.reserve(rows.size());
  for (const std::int64_t count : rows) {
    bytes.push_back(static_cast<std::size_t>(count) * row_bytes);
  }
  return bytes;
}

}  // namespace

DispatchCase::DispatchCase(const RoutedCase& routed, Launch& launch)
    : routed_(routed),
      launch_(launch),
      group_(launch.world.split(routed.groups.group_of(launch.world.rank()), launch.world.rank())),
      transport_(group_, launch.topology.slice(
                             routed.groups.first_rank(routed.groups.group_of(launch.world.rank())),
                             routed.groups.ep)),
      budget_bytes_(budget_after_case(routed, launch)),
      oracle_(oracle_case(routed, launch)),
      rows_(device::upload(launch.stream, std::span<const std::byte>(oracle_.payload()))),
      ids_(device::upload(launch.stream, std::span<const std::int32_t>(routed.table.topk_ids))),
      weights_(device::upload(launch.stream, std::span<const float>(oracle_.weights()))),
      combined_(routed.sizes.tokens * routed.sizes.combine_row_bytes()),
      batch_{rows_.bytes(), ids_.as<const std::int32_t>(), weights_.as<const float>(),
             combined_.bytes()},
      raw_dispatch_(group_, pair_bytes(routed, group_, routed.sizes.row_bytes(), false),
                    pair_bytes(routed, group_, routed.sizes.row_bytes(), true)),
      raw_combine_(group_, pair_bytes(routed, group_, routed.sizes.combine_row_bytes(), true),
                   pair_bytes(routed, group_, routed.sizes.combine_row_bytes(), false)) {}

std::size_t DispatchCase::needed_bytes(const dispatcher::Strategy& strategy) const {
  return largest_over_ranks(launch_.world,
                            buffer_bytes(*strategy.entry, strategy.sizes(routed_.sizes)));
}

NamedDispatcher DispatchCase::prepare(const dispatcher::Strategy& strategy) {
  launch_.note("preparing and checking", fmt::format("{}/{}", strategy.name(), routed_.what.name));
  const dispatcher::Sizes sizes = strategy.sizes(routed_.sizes);
  NamedDispatcher named{strategy, make_dispatcher(*strategy.entry, transport_, sizes)};
  named.dispatcher->prepare(sizes, batch_);
  auto failure = oracle_.check(*named.dispatcher, batch_, launch_.stream);
  if (failure) failure = fmt::format("{}: {}", strategy.name(), *failure);
  launch_.agree(failure);
  return named;
}

NamedBaseline DispatchCase::prepare(const dispatcher::BaselineEntry& entry, std::size_t bytes) {
  if (entry.needs_routing()) return {&entry, 0, entry.make_of_tokens(routed_.sizes, batch_)};
  return {&entry, bytes, entry.make(transport_, bytes)};
}

void DispatchCase::load_tokens(std::span<const std::byte> rows, std::span<const float> weights) {
  device::copy_to_device(launch_.stream, rows, rows_.bytes());
  device::copy_to_device(launch_.stream, std::as_bytes(weights), weights_.bytes());
  launch_.stream.synchronize();
}

measure::Participant DispatchCase::raw_dispatch() {
  return {[this](device::Stream& stream) { raw_dispatch_.rewrite_send_buffer(stream); },
          [this](device::Stream& stream) { raw_dispatch_.run(stream); },
          {},
          1,
          {},
          /*gated=*/true};
}

measure::Participant DispatchCase::raw_combine() {
  return {[this](device::Stream& stream) { raw_combine_.rewrite_send_buffer(stream); },
          [this](device::Stream& stream) { raw_combine_.run(stream); },
          {},
          1,
          {},
          /*gated=*/true};
}

measure::Participant DispatchCase::raw_round_trip() {
  return {[this](device::Stream& stream) {
            raw_dispatch_.rewrite_send_buffer(stream);
            raw_combine_.rewrite_send_buffer(stream);
          },
          [this](device::Stream& stream) {
            raw_dispatch_.run(stream);
            raw_combine_.run(stream);
          },
          {},
          1,
          {},
          /*gated=*/true};
}

std::uint64_t DispatchCase::result_hash() const {
  std::uint64_t state = fnv1a_start;
  for (int rank = 0; rank < launch_.world.size(); ++rank) {
    if (rank == launch_.world.rank()) state = oracle_.result_hash(state);
    state = launch_.world.broadcast_value(state, rank);
  }
  return state;
}

}  // namespace moemark::bench
