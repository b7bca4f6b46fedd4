// What a binary prints instead of running.
#include "bench/common/rows/listing.hpp"

#include <fmt/format.h>

#include <iostream>

#include "bench/common/cases/case_names.hpp"
#include "bench/common/rows/case_rows.hpp"
#include "bench/common/rows/selection.hpp"
#include "model/errors.hpp"

namespace moemark::bench {

void list_cases(const Launch& launch, const std::vector<Case>& cases) {
  if (!launch.is_root()) return;
  const auto names = selected_names(launch, cases);
  for (const std::string& name : names) std::cout << name << '\n';
  std::cerr << fmt::format("{} rows of {} cases\n", names.size(), cases.size());
}

Topology planned_topology(const Launch& launch) {
  const Options& options = launch.options;
  if (options.plan_ranks == 0) return launch.topology;
  return Topology::blocks(options.plan_ranks,
                          options.ranks_per_node > 0 ? options.ranks_per_node : options.plan_ranks);
}

void require_late_rank(const Delay& delay, int ranks) {
  if (ranks < 2) {
    throw UsageError(
        fmt::format("--delay: '{}' needs another rank that may wait; allowed: from 2 "
                    "ranks on",
                    delay.text));
  }
  if (delay.rank >= ranks) {
    throw UsageError(fmt::format("--delay: '{}' is not allowed; allowed: a rank from 0 to {}",
                                 delay.text, ranks - 1));
  }
}

void require_one_routing(const Options& options, const std::vector<Case>& cases) {
  if (const std::size_t count = count_routings(cases); options.record_trace && count != 1) {
    throw UsageError(fmt::format(
        "--record-trace: the run has {} routings; allowed: exactly one (one preset, --tokens, "
        "--experts, --topk and --skew)",
        count));
  }
  if (const std::size_t count = count_matrices(cases); options.matrix_out && count != 1) {
    throw UsageError(fmt::format(
        "--matrix-out: the run has {} traffic matrices; allowed: exactly one (one preset, "
        "--tokens, --experts, --topk, --skew, --hidden, --dtype and --ep)",
        count));
  }
}

std::vector<report::Record> rows_of_failed_case(Launch& launch, const Case& c,
                                                const std::string& status,
                                                const std::string& reason) {
  std::vector<report::Record> records;
  for (const dispatcher::Strategy& strategy : launch.strategies) {
    records.push_back(row_without_times(launch, c, "dispatch", strategy, status, reason));
    launch.emit(records.back());
  }
  return records;
}

}  // namespace moemark::bench
