// The cases and rows of collective_perf.
#include "bench/common/rows/collective_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "model/errors.hpp"
#include "report/format.hpp"

namespace moemark::bench {
namespace {

using dispatcher::BaselineEntry;

ExpertGroups one_group(const Launch& launch) {
  const int ranks = launch.world.size();
  return {ranks, ranks, ExpertPlacement::contiguous(ranks, ranks), launch.topology};
}

std::vector<std::string> selected(const Launch& launch, const std::vector<std::size_t>& sizes) {
  std::vector<std::string> names;
  for (const std::size_t bytes : sizes) {
    for (const std::string& baseline : launch.options.baselines) {
      const std::string name = collective_name(dispatcher::find_baseline("--baseline", baseline),
                                               bytes, launch.world.size());
      if (filter_selects(launch.options.google.filter, name)) names.push_back(name);
    }
  }
  return names;
}

// An all-to-all holds a block of every rank twice; alone, reduce-scatter and all-gather hold three.
std::size_t needed_bytes(std::size_t bytes, int ranks) {
  return bytes * std::max(std::size_t{3}, 2 * static_cast<std::size_t>(ranks));
}

}  // namespace

std::vector<std::size_t> message_sizes(const Options& options) {
  std::vector<std::size_t> sizes;
  for (std::size_t bytes = options.min_bytes; bytes <= options.max_bytes;
       bytes *= static_cast<std::size_t>(options.step_factor)) {
    sizes.push_back(bytes);
  }
  return sizes;
}

std::string collective_name(const BaselineEntry& entry, std::size_t bytes, int ranks) {
  return fmt::format("baseline/{}/bytes:{}/ranks:{}", entry.name, bytes, ranks);
}

void require_collectives(const Launch& launch, const std::vector<std::size_t>& sizes) {
  if (!selected(launch, sizes).empty()) return;
  throw UsageError(fmt::format(
      "--benchmark_filter: '{}' selects nothing; --benchmark_list_tests prints the names",
      launch.options.google.filter));
}

void list_collectives(const Launch& launch, const std::vector<std::size_t>& sizes) {
  if (!launch.is_root()) return;
  const auto names = selected(launch, sizes);
  for (const std::string& name : names) std::cout << name << '\n';
  std::cerr << fmt::format("{} cases\n", names.size());
}

std::vector<PreparedCollective> prepare_collectives(Launch& launch, comm::Transport& transport,
                                                    std::size_t bytes,
                                                    std::vector<report::Record>& skipped) {
  const std::size_t budget = launch.memory_budget_bytes();
  const int ranks = launch.world.size();
  const auto skip = [&](const BaselineEntry& entry, const std::string& reason) {
    Row row = collective_row(launch, entry, bytes);
    row.record.status = "skipped";
    row.record.reason = reason;
    row.record.clock = "none";
    launch.emit(row.record);
    skipped.push_back(row.record);
  };
  std::vector<PreparedCollective> prepared;
  for (const std::string& baseline : launch.options.baselines) {
    const BaselineEntry& entry = dispatcher::find_baseline("--baseline", baseline);
    if (!filter_selects(launch.options.google.filter, collective_name(entry, bytes, ranks))) {
      continue;
    }
    if (ranks < entry.least_ranks) {
      skip(entry, "needs two ranks");
    } else if (needed_bytes(bytes, ranks) > budget) {
      skip(entry, fmt::format(
                      "needs {} a rank, beyond the memory limit",
                      report::format_bytes(static_cast<std::int64_t>(needed_bytes(bytes, ranks)))));
    } else {
      prepared.push_back({&entry, bytes, entry.make(transport, bytes)});
      transport.prepare_rows(1);
    }
  }
  return prepared;
}

Row collective_row(const Launch& launch, const BaselineEntry& entry, std::size_t bytes) {
  Row row;
  row.record = launch.base_record();
  row.record.case_name = collective_name(entry, bytes, launch.world.size());
  row.record.status = "ok";
  row.record.phase = "baseline";
  row.record.dispatcher = entry.name;
  row.record.ep = launch.world.size();
  row.record.sync = "barrier";
  row.record.inner = 1;
  row.record.warm = true;
  row.record.checked = false;
  row.baseline = &entry;
  row.baseline_bytes = bytes;
  row.baseline_ranks = launch.world.size();
  row.traffic = traffic_of(entry, one_group(launch), bytes);
  set_exact(row.record, row.traffic);
  return row;
}

void set_osu_time(Row& row, const measure::OsuTime& time) {
  report::Record& record = row.record;
  record.sync = row.baseline->name == "pingpong" ? "none" : "osu";
  record.n = time.iterations;
  record.min_us = time.min_us;
  record.median_us = time.mean_us;
  record.max_us = time.max_us;
  record.stop_reason = "fixed";
  set_baseline_bandwidths(record, *row.baseline, row.traffic, row.baseline_bytes,
                          row.baseline_ranks);
}

report::Table collective_table(const Launch& launch, const std::vector<report::Record>& records) {
  using report::Align;
  const bool osu = launch.options.timing == Timing::osu;
  report::Table table(fmt::format("collectives on {} ranks, {} node(s)", launch.world.size(),
                                  launch.topology.nodes()),
                      {{"operation", Align::left},
                       {"size and ranks", Align::left},
                       {osu ? "mean" : "median"},
                       {"algbw"},
                       {"busbw"},
                       {"off-rank"},
                       {"note", Align::left}});
  for (const report::Record& record : records) {
    const std::size_t name_end = record.case_name.find('/', record.case_name.find('/') + 1);
    table.row({record.dispatcher, record.case_name.substr(name_end + 1),
               report::or_dash(record.median_us, report::format_time),
               report::or_dash(record.algbw_GBps, report::format_rate),
               report::or_dash(record.busbw_GBps, report::format_rate),
               report::or_dash(network_bytes(record), report::format_bytes), record.reason});
  }
  table.note(osu ? "OSU's loops: mean over iterations and ranks, untimed barrier between"
                 : "median of the slowest rank within this launch");
  if (launch.oversubscribed) table.note("more ranks than cores: ratios only");
  return table;
}

}  // namespace moemark::bench
