// The rows of one routed case.
#include "bench/common/rows/case_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "device/cache_flush.hpp"
#include "traffic/bandwidth_names.hpp"

namespace moemark::bench {
namespace {

using dispatcher::Direction;

std::size_t bytes_of(std::int64_t rows, std::size_t row_bytes) {
  return static_cast<std::size_t>(rows) * row_bytes;
}

// Whether rows come back from the experts in it.
bool returns(Phase phase) {
  return phase == Phase::combine || phase == Phase::round_trip;
}

}  // namespace

std::string_view name(Phase phase) {
  switch (phase) {
    case Phase::dispatch_cached:
      return "dispatch_cached";
    case Phase::combine:
      return "combine";
    case Phase::round_trip:
      return "round_trip";
    default:
      return "dispatch";
  }
}

std::string row_name(std::string_view phase, std::string_view dispatcher, const Case& c) {
  return fmt::format("{}/{}/{}", phase, dispatcher, c.name);
}

report::Record row_without_times(const Launch& launch, const Case& c, std::string_view phase,
                                 const dispatcher::Strategy& strategy, std::string_view status,
                                 const std::string& reason) {
  report::Record record = row_without_times(launch, c, phase, strategy.entry->name, status, reason);
  record.case_name = row_name(phase, strategy.name(), c);
  record.schedule = schedule_name(strategy.exchange);
  if (strategy.entry->exchanges.counts) record.counts = counts_name(strategy.exchange);
  return record;
}

report::Record row_without_times(const Launch& launch, const Case& c, std::string_view phase,
                                 std::string_view dispatcher, std::string_view status,
                                 const std::string& reason) {
  report::Record record = launch.base_record();
  if (c.ranks % c.ep == 0) {
    set_factors(record, c, launch.options, expert_groups(c, launch.topology));
  }
  record.case_name = row_name(phase, dispatcher, c);
  record.phase = phase;
  record.dispatcher = dispatcher;
  record.status = status;
  record.reason = reason;
  record.clock = "none";
  record.oversubscribed = std::nullopt;
  return record;
}

void set_bandwidths(Row& row) {
  if (row.baseline == nullptr) {
    set_bandwidths(row.record, row.traffic);
  } else {
    set_baseline_bandwidths(row.record, *row.baseline, row.traffic, row.baseline_bytes,
                            row.baseline_ranks);
  }
}

CaseRows::CaseRows(const Launch& launch, const RoutedCase& routed,
                   std::optional<std::uint64_t> result_hash)
    : routed_(routed),
      links_(launch.links),
      conventions_(launch.options.conventions),
      common_(launch.base_record()) {
  set_factors(common_, routed.what, launch.options, routed.groups);
  common_.status = "ok";
  common_.sync = "barrier";
  common_.inner = launch.options.inner;
  common_.warm = !device::CacheFlush::flushes();  // else rows and buffers stay in cache
  common_.plan_hash = routed.plan_hash;
  common_.result_hash = result_hash;
  common_.assignments_dropped = routed.dropped;
  if (!routed.traffic) return;
  const std::int64_t chosen = routed.dropped + routed.traffic->assignments();
  if (chosen > 0) {
    common_.drop_rate = static_cast<double>(routed.dropped) / static_cast<double>(chosen);
  }
  set_routing_metrics(common_, *routed.traffic, routed.groups);
  if (const CalibratedTables* calibrated = routed.tables.calibrated()) {
    common_.load_error = calibrated->load_error();
  }
}

Row CaseRows::start(std::string_view phase, std::string_view dispatcher) const {
  Row row;
  row.record = common_;
  row.record.case_name = row_name(phase, dispatcher, routed_.what);
  row.record.phase = phase;
  row.record.dispatcher = dispatcher;
  return row;
}

Row CaseRows::start(std::string_view phase, const dispatcher::Strategy& strategy) const {
  Row row = start(phase, strategy.entry->name);
  row.record.case_name = row_name(phase, strategy.name(), routed_.what);
  row.record.checked = true;
  row.record.schedule = schedule_name(strategy.exchange);
  if (strategy.entry->exchanges.counts) row.record.counts = counts_name(strategy.exchange);
  return row;
}

OperationTraffic CaseRows::traffic(const dispatcher::Strategy& strategy, Phase phase) const {
  const auto one_way = [&](Direction direction) {
    return traffic_of(strategy, routed_.what, routed_.groups, *routed_.traffic, direction);
  };
  if (phase == Phase::combine) return one_way(Direction::combine);
  OperationTraffic sum = one_way(Direction::dispatch);
  if (phase == Phase::dispatch_cached || routed_.what.pass == Pass::backward) {
    for (RankTraffic& rank : sum.ranks) rank.metadata_bytes = 0;
  }
  if (phase == Phase::round_trip) sum += one_way(Direction::combine);
  return sum;
}

// Keeps what it is computed from: links may be known better after the case is gone.
BoundsOnLinks CaseRows::bounds(const dispatcher::Strategy& strategy, Phase phase) const {
  return [&entry = *strategy.entry, phase, c = routed_.what, groups = routed_.groups,
          matrices = routed_.traffic](const LinkRates& links) {
    Bounds sum;
    const auto add = [&](Direction direction) {
      sum += bounds_of(entry, c, groups, *matrices, direction, links);
    };
    if (phase != Phase::combine) add(Direction::dispatch);
    if (returns(phase)) add(Direction::combine);
    return sum;
  };
}

std::vector<PublishedBytes> CaseRows::published(Phase phase) const {
  std::vector<PublishedBytes> all;
  // Round trips and cached dispatches are nothing that the tools print.
  if (!conventions_ || (phase != Phase::dispatch && phase != Phase::combine)) return all;
  const std::size_t row_bytes =
      phase == Phase::dispatch ? routed_.sizes.row_bytes() : routed_.sizes.combine_row_bytes();
  for (const BandwidthConvention& one : bandwidth_conventions()) {
    const auto bytes = numerator_bytes(one, *routed_.traffic, routed_.groups, row_bytes);
    if (bytes) all.push_back({one.name, *bytes});
  }
  return all;
}

Row CaseRows::of(const dispatcher::Strategy& strategy, Phase phase) const {
  Row row = start(name(phase), strategy);
  if (!routed_.traffic) return row;
  const TrafficMatrices& matrices = *routed_.traffic;
  const std::size_t b = routed_.sizes.row_bytes();
  const std::size_t b_c = routed_.sizes.combine_row_bytes();
  row.traffic = traffic(strategy, phase);
  row.published = published(phase);
  set_exact(row.record, row.traffic);
  const std::int64_t n = matrices.assignments();
  const auto moved =
      (phase == Phase::combine ? 0 : bytes_of(n, b)) + (returns(phase) ? bytes_of(n, b_c) : 0);
  row.record.assignment_bytes = static_cast<std::int64_t>(moved);
  row.record.buffer_bytes =
      static_cast<std::int64_t>(buffer_bytes_of(strategy, routed_.what, routed_.groups, matrices));
  if (links_) {
    row.bounds = bounds(strategy, phase);
    set_bounds(row.record, row.bounds(*links_), *links_);
  }
  if (phase != Phase::combine) row.useful_bytes += useful_bytes(matrices, b, Direction::dispatch);
  if (returns(phase)) {
    row.useful_bytes += useful_bytes(matrices, b_c, Direction::combine);
  }
  return row;
}

Row CaseRows::of_step(const dispatcher::Strategy& strategy, Phase phase,
                      std::string_view step) const {
  Row row = start(fmt::format("{}.{}", name(phase), step), strategy);
  if (step == "transfer" && routed_.traffic) {
    row.traffic = traffic(strategy, phase);
    set_exact(row.record, row.traffic);
    row.record.metadata_bytes = std::nullopt;
  }
  return row;
}

Row CaseRows::of_raw(Phase phase) const {
  Row row = start(name(phase), "raw_alltoallv");
  row.record.checked = false;
  row.record.schedule = "library";
  if (!routed_.traffic) return row;
  row.traffic = traffic({&dispatcher::find_dispatcher("alltoallv")}, phase);
  for (RankTraffic& rank : row.traffic.ranks) rank.metadata_bytes = 0;
  row.published = published(phase);
  set_exact(row.record, row.traffic);
  return row;
}

Row CaseRows::of(const dispatcher::BaselineEntry& entry, std::size_t bytes) const {
  Row row = start("baseline", entry.name);
  row.baseline = &entry;
  row.baseline_bytes = bytes;
  row.baseline_ranks = routed_.groups.ep;
  row.record.checked = false;
  if (!entry.needs_routing()) row.record.dtype_combine = "";
  if (entry.reduces) row.record.dtype = "fp32";
  if (!routed_.traffic) return row;
  if (entry.needs_routing()) {
    const std::int64_t n = routed_.traffic->assignments();
    row.record.assignment_bytes = static_cast<std::int64_t>(
        bytes_of(n, routed_.sizes.token_bytes()) + bytes_of(n, routed_.sizes.combine_row_bytes()));
  }
  row.traffic = traffic_of(entry, routed_.groups, bytes);
  set_exact(row.record, row.traffic);
  return row;
}

Row CaseRows::of(const Rebalance& rebalance) const {
  Row row = start(rebalance_phase, rebalance_exchange);
  row.record.dtype = name(rebalance.dtype);
  row.record.dtype_combine = "";
  row.record.checked = !rebalance.moves.empty();
  row.traffic = traffic_of(rebalance, routed_.groups);
  set_exact(row.record, row.traffic);
  row.record.metadata_bytes = std::nullopt;
  std::int64_t most = 0;
  for (const RankTraffic& rank : row.traffic.ranks) {
    most = std::max(most, rank.sent.network() + rank.received.network());
  }
  row.record.buffer_bytes = most;
  return row;
}

}  // namespace moemark::bench
