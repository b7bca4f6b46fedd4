// Hands finished rows to Google Benchmark's reporters.
#include "bench/common/launch/google_report.hpp"

#include <benchmark/benchmark.h>

namespace moemark::bench {
namespace {

void add_counters(benchmark::State& state, const report::Record& record) {
  const auto add = [&state](const char* name, const std::optional<double>& value) {
    if (value) state.counters[name] = *value;
  };
  add("link_GBps", record.link_GBps);
  add("algbw_GBps", record.algbw_GBps);
  add("ratio_to_reference", record.ratio_to_reference);
  if (record.n) state.counters["n"] = static_cast<double>(*record.n);
}

}  // namespace

void report_to_google_benchmark(std::string_view program, const GoogleFlags& flags,
                                const std::vector<report::Record>& records) {
  if (!flags.has_output) return;
  GoogleFlags without_filter = flags;  // it was applied to case names before anything was measured
  std::erase_if(without_filter.arguments, [](const std::string& argument) {
    return argument.starts_with("--benchmark_filter");
  });
  initialize_google_benchmark(program, without_filter);
  for (const report::Record& record : records) {
    if (!record.median_us) continue;
    benchmark::RegisterBenchmark(record.case_name.c_str(),
                                 [record](benchmark::State& state) {
                                   for (auto _ : state) {
                                     state.SetIterationTime(*record.median_us * 1e-6);
                                   }
                                   add_counters(state, record);
                                 })
        ->Iterations(1)
        ->UseManualTime();
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

}  // namespace moemark::bench
