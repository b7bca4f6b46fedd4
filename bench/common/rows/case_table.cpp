// The console's view of a case.
#include "bench/common/rows/case_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/common/rows/account.hpp"
#include "report/format.hpp"

namespace moemark::bench {
namespace {

using report::Record;

std::string spread(const Record& record) {
  if (!record.sample_ci95_lo_us || !record.sample_ci95_hi_us) return "-";
  if (!record.median_us || *record.median_us <= 0.0) return "-";
  const double half = 0.5 * (*record.sample_ci95_hi_us - *record.sample_ci95_lo_us);
  return fmt::format("{:.1f} %", 100.0 * half / *record.median_us);
}

std::string ratio(const std::optional<double>& value) {
  return value ? fmt::format("{:.2f}", *value) : "-";
}

std::string load_line(const Record& record) {
  return fmt::format(
      "load: expert max/mean {}, rank max/mean {}: {} of expert time wasted; {} ranks a token",
      ratio(record.expert_max_over_mean), ratio(record.rank_max_over_mean),
      report::or_dash(record.idle_fraction, report::format_percent),
      ratio(record.copies_per_token_rank));
}

// Of the median: what the routing, the strategy and its execution each cost over the balanced
// bound.
std::string loss_split(const Record& record) {
  if (!record.bound_us) return "-";
  return fmt::format("{} x {} x {}", ratio(record.skew_factor), ratio(record.algorithm_factor),
                     ratio(record.implementation_factor));
}

// What a check left out: the same in every row that was checked.
std::string left_out(const std::vector<Record>& records) {
  const auto checked = std::ranges::find(records, "ok", &Record::status);
  return checked == records.end() ? std::string() : checked->reason;
}

}  // namespace

report::Table case_table(const Case& c, const std::vector<Record>& records) {
  using report::Align;
  const bool bounds =
      std::ranges::any_of(records, [](const Record& r) { return r.bound_us.has_value(); });
  std::vector<report::Header> columns = {
      {"phase", Align::left},     {"dispatcher", Align::left}, {"median", Align::right},
      {"spread", Align::right},   {"vs raw", Align::right},    {"link", Align::right},
      {"off-rank", Align::right}, {"messages", Align::right},  {"buffers", Align::right}};
  if (bounds) columns.push_back({"bound", Align::right});
  if (bounds) columns.push_back({"skew x alg x impl", Align::right});
  report::Table table(c.name, columns);
  for (const Record& record : records) {
    if (record.status != "ok") continue;  // a note below says why
    std::vector<std::string> cells = {record.phase,
                                      record.dispatcher,
                                      report::or_dash(record.median_us, report::format_time),
                                      spread(record),
                                      ratio(record.ratio_to_reference),
                                      report::or_dash(record.link_GBps, report::format_rate),
                                      report::or_dash(network_bytes(record), report::format_bytes),
                                      record.messages ? fmt::format("{}", *record.messages) : "-",
                                      report::or_dash(record.buffer_bytes, report::format_bytes)};
    if (bounds) cells.push_back(report::or_dash(record.bound_us, report::format_time));
    if (bounds) cells.push_back(loss_split(record));
    table.row(cells);
  }
  if (records.empty()) return table;
  for (const Record& record : records) {
    if (record.status == "ok") continue;
    table.note(fmt::format("{} {}: {}, {}", record.phase, record.dispatcher, record.status,
                           record.reason));
  }
  const auto measured = std::ranges::find(records, "ok", &Record::status);
  const Record& first = measured == records.end() ? records.front() : *measured;
  if (first.idle_fraction) table.note(load_line(first));
  if (const std::string what = left_out(records); !what.empty()) table.note(what);
  std::string state;
  if (first.oversubscribed.value_or(false)) state = "; more ranks than cores: ratios only";
  if (first.topology == "logical") state += "; nodes are logical, on one host";
  table.note(fmt::format("{} ranks in groups of {} on {} node(s){}", first.ranks.value_or(0),
                         first.ep.value_or(0), first.nodes.value_or(0), state));
  table.note(
      "median and spread (half 95 % interval) within this launch, of the slowest rank; "
      "vs raw: the bare library call");
  if (bounds) {
    table.note(
        "bound: least time on the links given; median = balanced bound x skew x algorithm x "
        "implementation");
  }
  return table;
}

}  // namespace moemark::bench
