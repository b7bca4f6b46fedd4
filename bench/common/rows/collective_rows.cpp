// The cases and rows of collective_perf.
#include "bench/common/rows/collective_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "device/cache_flush.hpp"
#include "model/errors.hpp"
#include "report/format.hpp"

namespace moemark::bench {
namespace {

using dispatcher::BaselineEntry;

// An all-to-all holds a block of every rank twice; alone, reduce-scatter and all-gather hold three.
std::size_t needed_bytes(std::size_t bytes, int ranks) {
  return bytes * std::max(std::size_t{3}, 2 * static_cast<std::size_t>(ranks));
}

}  // namespace

std::vector<std::size_t> message_sizes(const Options& options) {
  std::vector<std::size_t> sizes;
  const auto factor = static_cast<std::size_t>(options.factor());
  for (std::size_t bytes = options.min_bytes; bytes <= options.max_bytes;
       bytes = options.step_bytes ? bytes + *options.step_bytes : bytes * factor) {
    sizes.push_back(bytes);
  }
  return sizes;
}

std::size_t message_bytes(const Options& options, const BaselineEntry& entry, std::size_t size,
                          int ranks) {
  if (options.timing != Timing::nccl_tests) return size;
  return entry.block_per_rank ? size / static_cast<std::size_t>(ranks) / 16 * 16 : size / 4 * 4;
}

std::string collective_name(const BaselineEntry& entry, std::size_t bytes, int ranks) {
  return fmt::format("baseline/{}/bytes:{}/ranks:{}", entry.name, bytes, ranks);
}

std::vector<std::string> collective_names(const Launch& launch,
                                          const std::vector<std::size_t>& sizes) {
  std::vector<std::string> names;
  for (const std::size_t bytes : sizes) {
    for (const std::string& baseline : launch.options.baselines) {
      const BaselineEntry& entry = dispatcher::find_baseline("--baseline", baseline);
      const int ranks = launch.world.size();
      names.push_back(
          collective_name(entry, message_bytes(launch.options, entry, bytes, ranks), ranks));
    }
  }
  return names;
}

bool only_listed(const Launch& launch, const std::vector<std::string>& names) {
  const Options& options = launch.options;
  std::vector<std::string> selected;
  for (const std::string& name : names) {
    if (filter_selects(options.google.filter, name)) selected.push_back(name);
  }
  if (selected.empty()) {
    throw UsageError(fmt::format(
        "--benchmark_filter: '{}' selects nothing; --benchmark_list_tests prints the names",
        options.google.filter));
  }
  if (!options.list && !options.google.list_tests) return false;
  if (launch.is_root()) {
    for (const std::string& name : selected) std::cout << name << '\n';
    std::cerr << fmt::format("{} cases\n", selected.size());
  }
  return true;
}

ExpertGroups one_group(const Launch& launch) {
  const int ranks = launch.world.size();
  return {ranks, ranks, ExpertPlacement::contiguous(ranks, ranks), launch.topology};
}

std::optional<std::string> obstacle(const Launch& launch, const BaselineEntry& entry,
                                    std::size_t bytes) {
  const int ranks = launch.world.size();
  if (ranks < entry.least_ranks) return "needs two ranks";
  const std::size_t needed = needed_bytes(bytes, ranks);
  if (needed <= launch.memory_budget_bytes()) return std::nullopt;
  return fmt::format("needs {} a rank, beyond the memory limit",
                     report::format_bytes(static_cast<std::int64_t>(needed)));
}

void skip(Row& row, const std::string& reason) {
  row.record.status = "skipped";
  row.record.reason = reason;
  row.record.clock = "none";
}

std::vector<PreparedCollective> prepare_collectives(Launch& launch, comm::Transport& transport,
                                                    std::size_t bytes,
                                                    std::vector<report::Record>& skipped) {
  std::vector<PreparedCollective> prepared;
  for (const std::string& baseline : launch.options.baselines) {
    const BaselineEntry& entry = dispatcher::find_baseline("--baseline", baseline);
    const std::string name = collective_name(entry, bytes, launch.world.size());
    if (!filter_selects(launch.options.google.filter, name)) continue;
    if (const auto reason = obstacle(launch, entry, bytes)) {
      Row row = collective_row(launch, entry, bytes);
      skip(row, *reason);
      launch.emit(row.record);
      skipped.push_back(row.record);
      continue;
    }
    prepared.push_back({&entry, bytes, entry.make(transport, bytes)});
    transport.prepare_rows(1);
  }
  return prepared;
}

Row start_collective_row(const Launch& launch, const std::string& case_name,
                         std::string_view operation) {
  Row row;
  row.record = launch.base_record();
  row.record.case_name = case_name;
  row.record.status = "ok";
  row.record.phase = "baseline";
  row.record.dispatcher = operation;
  row.record.ep = launch.world.size();
  row.record.sync = "barrier";
  row.record.inner = 1;
  row.record.warm = !device::CacheFlush::flushes();
  row.record.checked = false;
  return row;
}

Row collective_row(const Launch& launch, const BaselineEntry& entry, std::size_t bytes) {
  Row row =
      start_collective_row(launch, collective_name(entry, bytes, launch.world.size()), entry.name);
  row.baseline = &entry;
  row.baseline_bytes = bytes;
  row.baseline_ranks = launch.world.size();
  row.traffic = traffic_of(entry, one_group(launch), bytes);
  set_exact(row.record, row.traffic);
  return row;
}

void set_loop_time(Row& row, std::string_view sync, const measure::LoopTime& time) {
  report::Record& record = row.record;
  record.sync = sync;
  record.n = time.iterations;
  record.min_us = time.min_us;
  record.median_us = time.mean_us;
  record.max_us = time.max_us;
  record.stop_reason = "fixed";
  set_bandwidths(row);
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
