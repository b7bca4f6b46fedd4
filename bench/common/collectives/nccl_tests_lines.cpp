// The lines of nccl-tests' table.
#include "bench/common/collectives/nccl_tests_lines.hpp"

#include <fmt/format.h>

#include <numeric>

#include "bench/common/cases/case_columns.hpp"
#include "bench/common/rows/collective_rows.hpp"
#include "device/choice.hpp"
#include "dispatcher/baselines/baseline_values.hpp"
#include "measure/nccl_tests_timing.hpp"

namespace moemark::bench {

void NcclTestsTable::print_head() {
  if (has_head_) return;
  has_head_ = true;
  const Options& o = launch_.options;
  const device::DeviceFacts own =
      device::device_facts(launch_.topology.local_rank(launch_.world.rank()));
  std::string text = fmt::format(
      "# Collective test starting: {}\n"
      "# nThread 1 nGpus {} minBytes {} maxBytes {} step: {}({}) warmup iters: {} iters: {} agg "
      "iters: 1 validation: {} graph: 0\n#\n# Using devices\n",
      name_, own.devices, o.min_bytes, o.max_bytes,
      o.step_bytes.value_or(static_cast<std::size_t>(o.factor())),
      o.step_bytes ? "bytes" : "factor", o.nccl_tests.loop.warmups, o.nccl_tests.loop.iterations,
      o.nccl_tests.checks);
  for (int rank = 0; rank < launch_.world.size(); ++rank) {
    const int number = launch_.world.broadcast_value(own.number, rank);
    text += fmt::format("#  Rank {:2} Group  0 on node {:2} device {:2} {}\n", rank,
                        launch_.topology.node_of(rank), number,
                        launch_.world.broadcast(own.label, rank));
  }
  launch_.print(text + report::nccl_tests_titles());
}

std::optional<std::int64_t> NcclTestsTable::check(const NcclTestsOperation& operation,
                                                  dispatcher::Baseline& baseline) {
  if (launch_.options.nccl_tests.checks == 0) return std::nullopt;
  std::vector<float> input(baseline.input.size() / sizeof(float));
  for (std::size_t i = 0; i < input.size(); ++i) {
    input[i] = dispatcher::test_value(launch_.world.rank(), i);
  }
  std::int64_t wrong = 0;
  for (int i = 0; i < launch_.options.nccl_tests.checks && wrong == 0; ++i) {
    device::fill_bytes(launch_.stream, baseline.output, std::byte{0});
    device::copy_to_device(launch_.stream, std::as_bytes(std::span(input)), baseline.input);
    run_steps(baseline.steps, launch_.stream);
    std::vector<float> output(baseline.output.size() / sizeof(float));
    device::copy_to_host(launch_.stream, baseline.output,
                         std::as_writable_bytes(std::span(output)));
    launch_.stream.synchronize();
    for (std::size_t j = 0; j < output.size(); ++j) {
      wrong += output[j] == operation.delivers(j) ? 0 : 1;
    }
    const auto all = launch_.world.all_gather_value(wrong);
    wrong = std::accumulate(all.begin(), all.end(), std::int64_t{0});
  }
  return wrong;
}

void NcclTestsTable::emit(Row row, std::optional<std::int64_t> wrong) {
  row.record.checked = wrong.has_value();
  if (const std::int64_t differing = wrong.value_or(0); differing > 0) {
    const std::string what = fmt::format("{} elements differ", differing);
    launch_.report_wrong(row.record.case_name, what);
    row.record.status = "wrong";
    row.record.reason = what;
    row.record.clock = "none";
  }
  records_.push_back(launch_.emit(row.record));
}

report::NcclTestsHalf NcclTestsTable::measure_half(const NcclTestsOperation& operation,
                                                   bool in_place) {
  const bool repeated = in_place && !operation.make_in_place;
  Row row = operation.row;
  if (in_place) row.record.case_name += "/in-place";
  launch_.note("timing", row.record.case_name);
  dispatcher::Baseline baseline =
      in_place && !repeated ? operation.make_in_place() : operation.make();
  measure::NcclTestsLoop loop = launch_.options.nccl_tests.loop;
  if (operation.one_pair) loop.over_ranks = measure::OverRanks::rank_0;
  measure::LoopTime time = measure::nccl_tests_time(
      launch_.world, launch_.stream,
      [&baseline](device::Stream& stream) { run_steps(baseline.steps, stream); }, loop);
  for (double* us : {&time.mean_us, &time.min_us, &time.max_us}) *us /= baseline.operations;

  report::NcclTestsHalf half{.time_us = time.mean_us};
  if (time.mean_us > 0.0) {
    half.algbw_GBps = giga_per_second(operation.algbw_bytes, time.mean_us);
    half.busbw_GBps = half.algbw_GBps * operation.bus_factor;
  }
  busbw_sum_ += half.busbw_GBps;
  ++halves_;
  if (repeated) return half;
  half.wrong = check(operation, baseline);
  wrong_ += half.wrong.value_or(0);
  if (half.wrong.value_or(0) == 0) set_loop_time(row, "nccl-tests", time);
  emit(std::move(row), half.wrong);
  return half;
}

void NcclTestsTable::measure(const NcclTestsOperation& operation) {
  print_head();
  report::NcclTestsRow line{.bytes = operation.bytes,
                            .count = operation.count,
                            .redop = operation.reduces ? "sum" : "none"};
  line.out_of_place = measure_half(operation, false);
  line.in_place = measure_half(operation, true);
  launch_.print(report::nccl_tests_line(line));
}

void NcclTestsTable::skip(Row row, const std::string& reason) {
  print_head();
  bench::skip(row, reason);
  launch_.print(fmt::format("# {}: skipped, {}\n", row.record.case_name, reason));
  launch_.emit(row.record);
  records_.push_back(std::move(row.record));
}

void NcclTestsTable::finish() {
  if (!has_head_) return;
  launch_.print(
      report::nccl_tests_footer(wrong_, halves_ == 0 ? 0.0 : busbw_sum_ / halves_, name_));
}

}  // namespace moemark::bench
