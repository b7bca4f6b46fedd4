// Placements side by side.
#include "bench/common/rows/balance_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "bench/common/rows/account.hpp"
#include "bench/common/rows/case_rows.hpp"
#include "report/format.hpp"

namespace moemark::bench {
namespace {

using report::Record;

std::string name_without_placement(const Case& c) {
  std::string text = c.name;
  const std::string placement = placement_name(c);
  if (const std::size_t at = text.find(placement); !placement.empty() && at != std::string::npos) {
    text.erase(at, placement.size());
  }
  return text;
}

bool is_ok(const Record& record) {
  return record.status == "ok";
}

const Record* find_phase(const std::vector<Record>& records, std::string_view phase) {
  const auto found =
      std::ranges::find_if(records, [&](const Record& r) { return r.phase == phase && is_ok(r); });
  return found == records.end() ? nullptr : &*found;
}

// The round trip of the strategy that took least time; without times none.
const Record* fastest_round_trip(const std::vector<Record>& records) {
  const Record* fastest = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (const Record& record : records) {
    if (record.phase != name(Phase::round_trip) || !is_ok(record) || !record.median_us) continue;
    if (record.dispatcher.starts_with("raw_")) continue;
    if (*record.median_us >= least) continue;
    least = *record.median_us;
    fastest = &record;
  }
  return fastest;
}

// What is the same in every row of the case.
const Record* any_ok(const std::vector<Record>& records) {
  const auto found = std::ranges::find_if(records, is_ok);
  return found == records.end() ? nullptr : &*found;
}

std::string ratio(const std::optional<double>& value) {
  return report::or_dash(value, [](double x) { return fmt::format("{:.2f}", x); });
}

}  // namespace

void BalanceTables::add(const Case& c, const std::vector<Record>& records) {
  const std::string workload = name_without_placement(c);
  auto found = std::ranges::find(workloads_, workload, &Workload::name);
  if (found == workloads_.end()) found = workloads_.insert(found, Workload{workload, {}});
  found->lines.push_back({c, records});
}

report::Table BalanceTables::table_of(const Workload& workload) {
  using report::Align;
  using report::or_dash;
  const bool timed = std::ranges::any_of(
      workload.lines, [](const Line& line) { return fastest_round_trip(line.records) != nullptr; });
  std::vector<report::Header> headers = {{"placement", Align::left},
                                         {"extra"},
                                         {"planned for", Align::left},
                                         {"max/mean"},
                                         {"wasted"},
                                         {"moved"}};
  if (timed) {
    headers.insert(headers.end(), {{"in"}, {"round trip"}, {"vs raw"}, {"fastest", Align::left}});
  }
  report::Table table(fmt::format("placements of {}", workload.name), headers);
  for (const auto& [what, records] : workload.lines) {
    const Record* first = any_ok(records);
    if (first == nullptr) {
      table.note(fmt::format("{}: {}", what.placed.placement.text,
                             records.empty() ? "nothing ran" : records.front().reason));
      continue;
    }
    const Record* rebalance = find_phase(records, rebalance_phase);
    const auto moved = rebalance == nullptr ? std::nullopt : network_bytes(*rebalance);
    std::vector<std::string> cells = {first->placement,
                                      fmt::format("{}", first->replicas.value_or(0)),
                                      first->plan_skew.empty() ? "-" : first->plan_skew,
                                      ratio(first->rank_max_over_mean),
                                      or_dash(first->idle_fraction, report::format_percent),
                                      or_dash(moved, report::format_bytes)};
    if (timed) {
      const Record none;
      const Record* fastest = fastest_round_trip(records);
      const Record& shown = fastest == nullptr ? none : *fastest;
      cells.push_back(rebalance == nullptr ? "-"
                                           : or_dash(rebalance->median_us, report::format_time));
      cells.push_back(or_dash(shown.median_us, report::format_time));
      cells.push_back(ratio(shown.ratio_to_reference));
      cells.push_back(shown.dispatcher);
    }
    table.row(cells);
  }
  table.note(
      "extra: slots for copies; max/mean: load of ranks; wasted: expert time, if it follows load");
  table.note(
      "moved: weights of experts of one layer from the contiguous placement, point to point");
  if (timed) table.note("round trip: dispatch and combine, no experts, of the fastest dispatcher");
  return table;
}

std::vector<report::Table> BalanceTables::tables() const {
  std::vector<report::Table> all;
  for (const Workload& workload : workloads_) {
    if (workload.lines.size() > 1) all.push_back(table_of(workload));
  }
  return all;
}

}  // namespace moemark::bench
