// --timing nccl-tests over message sizes.
#include "bench/common/collectives/nccl_tests_run.hpp"

#include "bench/common/collectives/nccl_tests_lines.hpp"
#include "bench/common/rows/collective_rows.hpp"
#include "comm/transport.hpp"

namespace moemark::bench {
namespace {

using dispatcher::BaselineEntry;

NcclTestsOperation operation_of(const Launch& launch, comm::Transport& transport,
                                const BaselineEntry& entry, std::size_t bytes) {
  const int ranks = launch.world.size();
  const int rank = launch.world.rank();
  NcclTestsOperation operation;
  operation.row = collective_row(launch, entry, bytes);
  operation.bytes = bytes * (entry.block_per_rank ? static_cast<std::size_t>(ranks) : 1);
  operation.count = bytes / sizeof(float);
  operation.reduces = entry.reduces;
  operation.algbw_bytes = static_cast<double>(operation.bytes);
  operation.bus_factor = entry.bus_factor(ranks);
  operation.one_pair = entry.name == "pingpong";
  operation.make = [&transport, &entry, bytes] { return entry.make(transport, bytes); };
  if (entry.make_in_place != nullptr) {
    operation.make_in_place = [&transport, &entry, bytes] {
      return entry.make_in_place(transport, bytes);
    };
  }
  operation.delivers = [&entry, rank, ranks, floats = operation.count](std::size_t i) {
    return entry.delivers(rank, ranks, floats, i);
  };
  return operation;
}

}  // namespace

std::vector<report::Record> run_as_nccl_tests(Launch& launch,
                                              const std::vector<std::size_t>& sizes) {
  comm::Transport transport(launch.world, launch.topology);
  transport.prepare_rows(1);
  std::vector<report::Record> records;
  for (const std::string& baseline : launch.options.baselines) {
    const BaselineEntry& entry = dispatcher::find_baseline("--baseline", baseline);
    NcclTestsTable table(launch, baseline);
    for (const std::size_t size : sizes) {
      const std::size_t bytes = message_bytes(launch.options, entry, size, launch.world.size());
      const std::string name = collective_name(entry, bytes, launch.world.size());
      if (!filter_selects(launch.options.google.filter, name)) continue;
      if (const auto reason = obstacle(launch, entry, bytes)) {
        table.skip(collective_row(launch, entry, bytes), *reason);
      } else {
        table.measure(operation_of(launch, transport, entry, bytes));
      }
    }
    table.finish();
    records.insert(records.end(), table.records().begin(), table.records().end());
  }
  return records;
}

}  // namespace moemark::bench
