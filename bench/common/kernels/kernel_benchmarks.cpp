// Kernels as Google Benchmark sees them.
#include "bench/common/kernels/kernel_benchmarks.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <new>

#include "bench/common/cases/case_columns.hpp"
#include "model/errors.hpp"

namespace moemark::bench {
namespace {

constexpr int default_repetitions = 5;
constexpr double least_seconds = 0.02;  // of a repetition

void run_benchmark(benchmark::State& state, KernelRun& run, KernelRow& row, const Kernel& kernel,
                   const Case& c) {
  try {
    KernelWork& work = run.current.of(row.record.case_name,
                                      [&] { return kernel.prepare(c, run.options, run.stream); });
    row.flop = work.flop;
    row.bytes = work.bytes;
    row.least_us = work.least_us(run.machine);
    const auto start = std::chrono::steady_clock::now();
    for (auto _ : state) work.run(run.stream);
    run.stream.synchronize();
    const std::chrono::duration<double, std::micro> elapsed =
        std::chrono::steady_clock::now() - start;
    const double time_us = elapsed.count() / static_cast<double>(state.iterations());
    if (work.flop > 0.0) state.counters["GFLOP/s"] = giga_per_second(work.flop, time_us);
    state.counters["GB/s"] = giga_per_second(work.bytes, time_us);
    if (row.least_us > 0.0) state.counters["of_roofline"] = row.least_us / time_us;
  } catch (const std::bad_alloc&) {
    state.SkipWithError("does not fit in memory");
  } catch (const CaseSkipped& skipped) {
    state.SkipWithError(skipped.what());
  }
}

}  // namespace

void register_all(KernelRun& run, const std::vector<Kernel>& kernels,
                  const std::vector<Case>& cases, const Program& program) {
  for (const Case& c : cases) {
    for (const Kernel& kernel : kernels) {
      report::Record record = kernel_record(program, kernel, c, run.options);
      if (!filter_selects(run.options.google.filter, record.case_name)) continue;
      const std::string name = record.case_name;
      KernelRow& row = run.rows[name];
      row.record = std::move(record);
      if (c.skip) {
        row.failure = *c.skip;
        continue;
      }
      benchmark::RegisterBenchmark(name.c_str(), [&run, &row, &kernel,
                                                  &c](benchmark::State& state) {
        run_benchmark(state, run, row, kernel, c);
      })->Unit(benchmark::kMicrosecond);
    }
  }
  if (run.rows.empty()) {
    throw UsageError(
        fmt::format("--benchmark_filter: '{}' selects nothing; --list prints the names",
                    run.options.google.filter));
  }
}

// Defaults go in as flags: set on a benchmark they would become part of its name.
GoogleFlags with_defaults(const Options& options) {
  GoogleFlags flags = options.google;
  const std::int64_t repetitions = options.stop.fixed_samples.value_or(default_repetitions);
  flags.arguments.insert(flags.arguments.begin(),
                         {fmt::format("--benchmark_min_time={}", least_seconds),
                          fmt::format("--benchmark_repetitions={}", repetitions)});
  return flags;
}

}  // namespace moemark::bench
