// The cases and rows of collective_perf: an operation at a message size.
#pragma once

#include <cstddef>
#include <vector>

#include "bench/common/launch/launch.hpp"
#include "bench/common/rows/case_rows.hpp"
#include "comm/transport.hpp"
#include "dispatcher/baselines.hpp"
#include "measure/osu_timing.hpp"
#include "report/console_table.hpp"

namespace moemark::bench {

struct PreparedCollective {
  const dispatcher::BaselineEntry* entry;
  std::size_t bytes;
  dispatcher::Baseline baseline;
};

// --minbytes to --maxbytes by --stepfactor.
std::vector<std::size_t> message_sizes(const Options& options);

// `baseline/all_reduce/bytes:1024/ranks:4`
std::string collective_name(const dispatcher::BaselineEntry& entry, std::size_t bytes, int ranks);

// Throws UsageError naming the filter when it selects nothing.
void require_collectives(const Launch& launch, const std::vector<std::size_t>& sizes);
void list_collectives(const Launch& launch, const std::vector<std::size_t>& sizes);

// Collective. The selected operations of one size; what cannot run becomes a `skipped` row.
std::vector<PreparedCollective> prepare_collectives(Launch& launch, comm::Transport& transport,
                                                    std::size_t bytes,
                                                    std::vector<report::Record>& skipped);

Row collective_row(const Launch& launch, const dispatcher::BaselineEntry& entry, std::size_t bytes);
// OSU's mean over ranks in the place of the median; method columns say so.
void set_osu_time(Row& row, const measure::OsuTime& time);

report::Table collective_table(const Launch& launch, const std::vector<report::Record>& records);

}  // namespace moemark::bench
