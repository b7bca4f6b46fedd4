// The all-to-all-v of a traffic matrix from a file.
#include "bench/common/collectives/matrix_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <filesystem>
#include <numeric>

#include "bench/common/collectives/nccl_tests_lines.hpp"
#include "bench/common/inputs/matrix_file.hpp"
#include "bench/common/measuring/group_sampling.hpp"
#include "bench/common/rows/collective_rows.hpp"
#include "comm/raw_reference.hpp"
#include "dispatcher/baselines/baseline_values.hpp"
#include "dispatcher/baselines/matrix_exchange.hpp"
#include "report/format.hpp"
#include "traffic/bandwidth_names.hpp"

namespace moemark::bench {
namespace {

// The command line asks for one in this mode.
std::filesystem::path matrix_file(const Launch& launch) {
  return launch.options.matrix.value_or(std::filesystem::path());
}

std::vector<std::size_t> to_sizes(const CountMatrix& matrix, int rank, bool received) {
  std::vector<std::size_t> bytes;
  bytes.reserve(static_cast<std::size_t>(matrix.rows()));
  for (int peer = 0; peer < matrix.rows(); ++peer) {
    bytes.push_back(
        static_cast<std::size_t>(received ? matrix.at(peer, rank) : matrix.at(rank, peer)));
  }
  return bytes;
}

Row matrix_row(const Launch& launch, const CountMatrix& matrix, std::string_view operation) {
  const std::string name =
      fmt::format("baseline/{}/matrix:{}/ranks:{}", operation,
                  matrix_file(launch).filename().string(), launch.world.size());
  Row row = start_collective_row(launch, name, operation);
  const ExpertGroups groups = one_group(launch);
  for (int rank = 0; rank < groups.ranks; ++rank) {
    row.traffic.ranks.push_back(dispatcher::declare_matrix_exchange(groups, rank, matrix));
  }
  set_exact(row.record, row.traffic);
  row.record.schedule = "library";
  row.record.plan_hash = fnv1a(fnv1a_start, std::as_bytes(matrix.values()));
  return row;
}

// As nccl-tests moves it: whole 16 bytes of every pair.
CountMatrix in_sixteens(CountMatrix matrix) {
  for (int source = 0; source < matrix.rows(); ++source) {
    for (std::int64_t& bytes : matrix.row(source)) bytes = bytes / 16 * 16;
  }
  return matrix;
}

// The test values that reach `rank`, by source; each source's lie where its segment for `rank`
// does.
std::vector<float> delivered(const CountMatrix& matrix, int rank) {
  std::vector<float> values;
  for (int source = 0; source < matrix.rows(); ++source) {
    const auto row = matrix.row(source);
    const auto first = static_cast<std::size_t>(
        std::accumulate(row.begin(), row.begin() + rank, std::int64_t{0}) / 4);
    const auto count = static_cast<std::size_t>(matrix.at(source, rank) / 4);
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(dispatcher::test_value(source, first + i));
    }
  }
  return values;
}

std::vector<report::Record> run_as_nccl_tests(Launch& launch, const CountMatrix& matrix, Row row,
                                              comm::Transport& transport) {
  NcclTestsOperation operation;
  operation.algbw_bytes = static_cast<double>(algbw_bytes(row.traffic.ranks));
  operation.bytes = static_cast<std::size_t>(algbw_bytes(row.traffic.ranks));
  operation.bus_factor = 1.0 - 1.0 / launch.world.size();
  operation.row = std::move(row);
  operation.make = [&] { return dispatcher::make_matrix_exchange(transport, matrix); };
  operation.delivers = [values = delivered(matrix, launch.world.rank())](std::size_t i) {
    return values[i];
  };
  NcclTestsTable table(launch, "alltoallv");
  table.measure(operation);
  table.finish();
  return table.records();
}

std::vector<report::Record> measure(Launch& launch, const CountMatrix& matrix, Row row,
                                    comm::Transport& transport) {
  const int rank = launch.world.rank();
  comm::RawReference raw(launch.world, to_sizes(matrix, rank, false), to_sizes(matrix, rank, true));
  const dispatcher::Baseline exchange = dispatcher::make_matrix_exchange(transport, matrix);
  Slot reference{matrix_row(launch, matrix, "raw_alltoallv"),
                 {{}, [&raw](device::Stream& stream) { raw.run(stream); }, {}, 1}};
  Slot slot{std::move(row),
            {{},
             [&exchange](device::Stream& stream) { run_steps(exchange.steps, stream); },
             {},
             exchange.operations}};
  return sample_group(launch, std::move(reference), {std::move(slot)});
}

// Why it cannot run; the same on every rank, which all know the whole matrix.
std::optional<std::string> obstacle(const Launch& launch, const Row& row) {
  std::int64_t most = 0;
  for (const RankTraffic& rank : row.traffic.ranks) {
    const std::int64_t sent = rank.sent.self + rank.sent.network();
    const std::int64_t received = rank.received.self + rank.received.network();
    if (std::max(sent, received) > INT_MAX) return "a rank sends or receives 2 GiB or more";
    most = std::max(most, 2 * (sent + received));  // the bare call has buffers of its own
  }
  if (static_cast<std::size_t>(most) <= launch.memory_budget_bytes()) return std::nullopt;
  return fmt::format("needs {} a rank, beyond the memory limit", report::format_bytes(most));
}

}  // namespace

std::vector<report::Record> run_matrix(Launch& launch) {
  const bool as_nccl_tests = launch.options.timing == Timing::nccl_tests;
  CountMatrix matrix = read_matrix(launch, matrix_file(launch));
  if (as_nccl_tests) matrix = in_sixteens(std::move(matrix));
  Row row = matrix_row(launch, matrix, "alltoallv");
  if (only_listed(launch, {row.record.case_name})) return {};

  std::vector<report::Record> records;
  if (const auto reason = obstacle(launch, row)) {
    skip(row, *reason);
    launch.emit(row.record);
    records = {row.record};
  } else {
    comm::Transport transport(launch.world, launch.topology);
    transport.prepare_rows(1);
    if (as_nccl_tests) return run_as_nccl_tests(launch, matrix, std::move(row), transport);
    launch.begin_case(row.record.case_name, 1);
    records = measure(launch, matrix, std::move(row), transport);
  }
  launch.print(collective_table(launch, records));
  return records;
}

}  // namespace moemark::bench
