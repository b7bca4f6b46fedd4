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

// The dispatcher, and what differs from the library's exchange.
std::string strategy(const Record& record) {
  std::string text = record.dispatcher;
  if (!record.schedule.empty() && record.schedule != "library") text += "/" + record.schedule;
  if (record.counts == "allgather") text += "/" + record.counts;
  return text;
}

// What the groups of the router do on these nodes.
std::string node_line(const Case& c, const Record& record) {
  return fmt::format("router: {} of {} groups of experts, so at most {} of {} nodes a token; {}",
                     c.preset.router.topk_group, c.preset.router.n_group,
                     record.node_limit.value_or(0), record.nodes.value_or(0),
                     record.copies_per_token_node
                         ? fmt::format("{:.3f} on average", *record.copies_per_token_node)
                         : "none routed");
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

// One port / one node, inside it and between nodes.
std::string links(const Record& record) {
  const auto speeds = [](const std::optional<double>& port, const std::optional<double>& node) {
    return fmt::format("{:.3g}/{:.3g}", port.value_or(0.0), node.value_or(0.0));
  };
  std::string text;
  if (record.link_port_intra_GBps) {
    text = "intra " + speeds(record.link_port_intra_GBps, record.link_node_intra_GBps);
  }
  if (record.link_port_inter_GBps) {
    if (!text.empty()) text += ", ";
    text += "inter " + speeds(record.link_port_inter_GBps, record.link_node_inter_GBps);
  }
  return text;
}

// What a check left out: the same in every row that was checked.
std::string left_out(const std::vector<Record>& records) {
  const auto checked = std::ranges::find(records, "ok", &Record::status);
  return checked == records.end() ? std::string() : checked->reason;
}

struct Column {
  report::Header header;
  std::string (*cell)(const Record&);
};

bool any_has(const std::vector<Record>& records, std::optional<double> Record::* field) {
  return std::ranges::any_of(records, [&](const Record& r) { return (r.*field).has_value(); });
}

// What a line holds: with --delay the part that is passed on, else the bounds of what was timed, or
// what is exact; both would make the names too short to tell apart.
std::vector<Column> columns_of(bool late, bool bounds, bool timed) {
  using report::Align;
  using report::or_dash;
  std::vector<Column> columns = {
      {{"phase", Align::left}, [](const Record& r) { return r.phase; }},
      {{"dispatcher", Align::left}, strategy},
      {{"median"}, [](const Record& r) { return or_dash(r.median_us, report::format_time); }},
      {{"spread"}, spread},
      {{"vs raw"}, [](const Record& r) { return ratio(r.ratio_to_reference); }},
      {{"link"}, [](const Record& r) { return or_dash(r.link_GBps, report::format_rate); }},
      {{"off-rank"},
       [](const Record& r) { return or_dash(network_bytes(r), report::format_bytes); }}};
  if (late) {
    columns.push_back({{"passed on"}, [](const Record& r) { return ratio(r.delay_passed_on); }});
    return columns;
  }
  if (!bounds || !timed) {
    columns.push_back({{"messages"}, [](const Record& r) {
                         return r.messages ? fmt::format("{}", *r.messages) : std::string("-");
                       }});
    columns.push_back({{"buffers"}, [](const Record& r) {
                         return or_dash(r.buffer_bytes, report::format_bytes);
                       }});
  }
  if (!bounds) return columns;
  columns.push_back(
      {{"bound"}, [](const Record& r) { return or_dash(r.bound_us, report::format_time); }});
  if (timed) {
    columns.push_back({{"bound/t"}, [](const Record& r) {
                         return or_dash(r.efficiency, report::format_percent);
                       }});
  }
  columns.push_back({{"skew x alg x impl"}, loss_split});
  return columns;
}

}  // namespace

report::Table case_table(const Case& c, const std::vector<Record>& records) {
  const bool late = any_has(records, &Record::delay_passed_on);
  const auto bounded =
      std::ranges::find_if(records, [](const Record& r) { return r.bound_us.has_value(); });
  const bool bounds = !late && bounded != records.end();
  const bool timed = any_has(records, &Record::median_us);
  const std::vector<Column> columns = columns_of(late, bounds, timed);
  std::vector<report::Header> headers;
  headers.reserve(columns.size());
  for (const Column& column : columns) headers.push_back(column.header);
  report::Table table(c.name, headers);
  for (const Record& record : records) {
    if (record.status != "ok") continue;  // a note below says why
    std::vector<std::string> cells;
    cells.reserve(columns.size());
    for (const Column& column : columns) cells.push_back(column.cell(record));
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
  if (first.node_limit) table.note(node_line(c, first));
  if (first.load_error) {
    table.note(fmt::format("router fed so that it follows the skew: {:.1f} % of assignments astray",
                           100.0 * *first.load_error));
  }
  if (const auto dropped = first.assignments_dropped.value_or(0); dropped > 0) {
    table.note(fmt::format("capacity {}: {} assignments dropped, {} of what the router chose",
                           first.capacity, dropped,
                           report::or_dash(first.drop_rate, report::format_percent)));
  }
  if (const std::string what = left_out(records); !what.empty()) table.note(what);
  std::string state;
  if (first.oversubscribed.value_or(false)) state = "; more ranks than cores: ratios only";
  if (first.topology == "logical") state += "; nodes are logical, on one host";
  table.note(fmt::format("{} ranks in groups of {} on {} node(s){}", first.ranks.value_or(0),
                         first.ep.value_or(0), first.nodes.value_or(0), state));
  table.note(
      "median and spread (half 95 % interval) within this launch, of the slowest rank; "
      "vs raw: the bare library call");
  if (late) {
    table.note(
        fmt::format("passed on: what the others of the group wait longer because of --delay "
                    "{}, over the delay",
                    first.delay));
  }
  if (bounds) {
    table.note(
        fmt::format("bound: least time on links of {} GB/s; median = balanced bound x skew x "
                    "algorithm x implementation",
                    links(*bounded)));
  }
  return table;
}

}  // namespace moemark::bench
