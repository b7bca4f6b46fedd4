// collective_perf: the raw collectives and point-to-point patterns on the same ranks, over message
// sizes: all-reduce, all-gather, reduce-scatter, all-to-all, ring, bisection and ping-pong.
#include <fmt/format.h>

#include <iostream>

#include "bench/common/collectives/matrix_run.hpp"
#include "bench/common/collectives/nccl_tests_run.hpp"
#include "bench/common/collectives/pairs.hpp"
#include "bench/common/launch/google_report.hpp"
#include "bench/common/launch/launch.hpp"
#include "bench/common/launch/strategies.hpp"
#include "bench/common/measuring/group_sampling.hpp"
#include "bench/common/rows/account.hpp"
#include "bench/common/rows/collective_rows.hpp"
#include "comm/transport.hpp"
#include "dispatcher/baselines/baselines.hpp"
#include "measure/osu_timing.hpp"
#include "model/errors.hpp"
#include "report/format.hpp"

namespace moemark::bench {
namespace {

constexpr Program program = {
    .name = "collective_perf",
    .summary = "what collectives and point-to-point cost on these ranks",
    .description =
        "  Times each operation of --baseline over a range of message sizes. A size is the vector\n"
        "  of an all-reduce, one rank's block of all-gather, reduce-scatter and all-to-all, and "
        "the\n"
        "  message of ring, bisection and ping-pong (half the round trip). algbw and busbw as in "
        "nccl-tests.\n"
        "  pairs times every ordered pair of ranks, one at a time, into two heat maps (latency of "
        "a\n"
        "  small message, bandwidth of a large one) and names the slowest links.\n"
        "  alltoallv --matrix FILE times one all-to-all-v of given bytes between ranks instead.\n",
    .examples =
        "  mpirun -n 4 collective_perf --minbytes 1K --maxbytes 4M\n"
        "  mpirun -n 2 collective_perf --timing osu --baseline all_reduce,pingpong\n"
        "  mpirun -n 4 collective_perf --timing nccl-tests --baseline all_reduce -b 8 -e 1M -f 2\n"
        "  mpirun -n 8 collective_perf pairs --csv pairs.csv\n"
        "  mpirun -n 4 collective_perf alltoallv --matrix traffic.txt",
    .collectives = true,
};

// All operations of one size share rounds, so that their ratios can be trusted.
std::vector<report::Record> measure_own(Launch& launch,
                                        const std::vector<PreparedCollective>& all) {
  std::vector<Slot> slots;
  slots.reserve(all.size());
  for (const PreparedCollective& prepared : all) {
    slots.push_back(
        {collective_row(launch, *prepared.entry, prepared.bytes),
         {{},
          [&prepared](device::Stream& stream) { run_steps(prepared.baseline.steps, stream); },
          {},
          prepared.baseline.operations,
          {},
          /*gated=*/true}});
  }
  return sample_group(launch, std::nullopt, std::move(slots));
}

std::vector<report::Record> measure_as_osu(Launch& launch,
                                           const std::vector<PreparedCollective>& all) {
  std::vector<report::Record> records;
  for (const PreparedCollective& prepared : all) {
    const auto run = [&prepared](device::Stream& stream) {
      run_steps(prepared.baseline.steps, stream);
    };
    launch.note("timing", fmt::format("{} of {} bytes", prepared.entry->name, prepared.bytes));
    const bool point_to_point = prepared.entry->name == "pingpong";
    const measure::LoopTime time =
        point_to_point
            ? measure::osu_latency_time(launch.world, launch.stream, run, prepared.bytes)
            : measure::osu_collective_time(launch.world, launch.stream, run, prepared.bytes);
    Row row = collective_row(launch, *prepared.entry, prepared.bytes);
    set_loop_time(row, point_to_point ? "none" : "osu", time);
    records.push_back(launch.emit(row.record));
  }
  return records;
}

std::vector<report::Record> run_sizes(Launch& launch) {
  Options& options = launch.options;
  resolve_baselines(options, {"all"}, program.routes);
  const std::vector<std::size_t> sizes = message_sizes(options);
  if (only_listed(launch, collective_names(launch, sizes))) return {};

  if (options.timing == Timing::nccl_tests) return run_as_nccl_tests(launch, sizes);

  comm::Transport transport(launch.world, launch.topology);
  std::vector<report::Record> records;
  for (const std::size_t bytes : sizes) {
    launch.begin_case(report::format_bytes(static_cast<std::int64_t>(bytes)),
                      static_cast<int>(sizes.size()));
    const std::vector<PreparedCollective> prepared =
        prepare_collectives(launch, transport, bytes, records);
    if (prepared.empty()) continue;
    const auto measured = options.timing == Timing::osu ? measure_as_osu(launch, prepared)
                                                        : measure_own(launch, prepared);
    records.insert(records.end(), measured.begin(), measured.end());
  }
  launch.print(collective_table(launch, records));
  return records;
}

std::vector<report::Record> run_mode(Launch& launch) {
  if (launch.options.mode == CollectiveMode::pairs) return run_pairs(launch);
  if (launch.options.mode == CollectiveMode::alltoallv) return run_matrix(launch);
  return run_sizes(launch);
}

void run(Launch& launch) {
  const std::vector<report::Record> records = run_mode(launch);
  if (launch.is_root() && !records.empty()) {
    report_to_google_benchmark("collective_perf", launch.options.google, records);
  }
}

}  // namespace
}  // namespace moemark::bench

int main(int argc, char** argv) {
  return moemark::bench::run_launch(argc, argv, moemark::bench::program, moemark::bench::run);
}
