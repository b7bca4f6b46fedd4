// The cases and rows of collective_perf: an operation at a message size.
#pragma once

#include <cstddef>
#include <vector>

#include "bench/common/launch/launch.hpp"
#include "bench/common/rows/case_rows.hpp"
#include "comm/transport.hpp"
#include "dispatcher/baselines/baselines.hpp"
#include "measure/loop_time.hpp"
#include "report/console_table.hpp"

namespace moemark::bench {

struct PreparedCollective {
  const dispatcher::BaselineEntry* entry;
  std::size_t bytes;
  dispatcher::Baseline baseline;
};

// --minbytes to --maxbytes by --stepfactor or --stepbytes.
std::vector<std::size_t> message_sizes(const Options& options);

// The operation's message at such a size: the size itself, or with --timing nccl-tests, which
// counts all blocks of a rank, a block of it: whole 16 bytes, whole floats where there are no
// blocks.
std::size_t message_bytes(const Options& options, const dispatcher::BaselineEntry& entry,
                          std::size_t size, int ranks);

// `baseline/all_reduce/bytes:1024/ranks:4`
std::string collective_name(const dispatcher::BaselineEntry& entry, std::size_t bytes, int ranks);

// Of every operation at every size.
std::vector<std::string> collective_names(const Launch& launch,
                                          const std::vector<std::size_t>& sizes);

// Throws UsageError naming the filter when it selects none of the names. With --list prints those
// that it selects: true, there is nothing else to do.
bool only_listed(const Launch& launch, const std::vector<std::string>& names);

// Why the operation cannot run at this size. Collective.
std::optional<std::string> obstacle(const Launch& launch, const dispatcher::BaselineEntry& entry,
                                    std::size_t bytes);

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
// The time of another suite's loop in the place of the median; `sync` names the loop.
void set_loop_time(Row& row, std::string_view sync, const measure::LoopTime& time);

report::Table collective_table(const Launch& launch, const std::vector<report::Record>& records);

}  // namespace moemark::bench
