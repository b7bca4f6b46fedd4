// Collects Google Benchmark's runs and turns them into rows.
#include "bench/common/kernel_report.hpp"

#include "measure/statistics.hpp"
#include "report/columns.hpp"

namespace moemark::bench {

CollectingReporter::CollectingReporter(std::map<std::string, KernelRow>& rows, bool quiet,
                                       bool medians_only)
    : inner_(quiet ? nullptr : benchmark::CreateDefaultDisplayReporter()),
      rows_(rows),
      medians_only_(medians_only) {}

bool CollectingReporter::ReportContext(const Context& context) {
  if (!inner_) return true;
  inner_->SetOutputStream(&GetOutputStream());
  inner_->SetErrorStream(&GetErrorStream());
  return inner_->ReportContext(context);
}

void CollectingReporter::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration) continue;
    const auto found = rows_.find(run.run_name.function_name);
    if (found == rows_.end()) continue;
    KernelRow& row = found->second;
    if (run.error_occurred) {
      row.failure = run.error_message;
      continue;
    }
    const auto iterations = static_cast<double>(run.iterations);
    row.samples_us.push_back(run.real_accumulated_time * 1e6 / iterations);
    row.iterations = run.iterations;
  }
  if (!inner_) return;
  if (!medians_only_) return inner_->ReportRuns(runs);
  std::vector<Run> medians;
  for (const Run& run : runs) {
    const bool alone = run.repetitions <= 1;
    if (alone || run.aggregate_name == "median") medians.push_back(run);
  }
  if (!medians.empty()) inner_->ReportRuns(medians);
}

void CollectingReporter::Finalize() {
  if (inner_) inner_->Finalize();
}

report::Record finished(const KernelRow& row) {
  report::Record record = row.record;
  if (row.samples_us.empty()) {
    record.status = "skipped";
    record.reason = row.failure;
    record.clock = "none";
    return record;
  }
  report::set_times(record, measure::summarise(row.samples_us));
  record.status = "ok";
  record.inner = row.iterations;
  record.flop = static_cast<std::int64_t>(row.flop);
  record.kernel_bytes = static_cast<std::int64_t>(row.bytes);
  const double median_us = *record.median_us;
  if (row.flop > 0.0) record.gflops = row.flop / (median_us * 1e3);
  record.kernel_GBps = row.bytes / (median_us * 1e3);
  record.roofline_fraction = row.least_us / median_us;
  return record;
}

}  // namespace moemark::bench
