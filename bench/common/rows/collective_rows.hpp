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

// Of every operation at every size.
std::vector<std::string> collective_names(const Launch& launch,
                                          const std::vector<std::size_t>& sizes);

// Throws UsageError naming the filter when it selects none of the names. With --list prints those
// that it selects: true, there is nothing else to do.
bool only_listed(const Launch& launch, const std::vector<std::string>& names);

// Collective. The selected operations of one size; what cannot run becomes a `skipped` row.
std::vector<PreparedCollective> prepare_collectives(Launch& launch, comm::Transport& transport,
                                                    std::size_t bytes,
                                                    std::vector<report::Record>& skipped);

// All ranks of the job as one group.
ExpertGroups one_group(const Launch& launch);

// Factors and method of a row, without the bytes of an operation.
Row start_collective_row(const Launch& launch, const std::string& case_name,
                         std::string_view operation);
Row collective_row(const Launch& launch, const dispatcher::BaselineEntry& entry, std::size_t bytes);
// Makes the row one of a case that could not run.
void skip(Row& row, const std::string& reason);
// OSU's mean over ranks in the place of the median; method columns say so.
void set_osu_time(Row& row, const measure::OsuTime& time);

report::Table collective_table(const Launch& launch, const std::vector<report::Record>& records);

}  // namespace moemark::bench
