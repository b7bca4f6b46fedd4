// Collects Google Benchmark's runs.
#include "bench/common/kernels/kernel_report.hpp"

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
  if (!medians_only_) {
    inner_->ReportRuns(runs);
    return;
  }
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

}  // namespace moemark::bench
