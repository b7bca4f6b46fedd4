// Collects Google Benchmark's runs while it prints them, and turns them into rows.
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/common/kernel_launch.hpp"
#include "report/record.hpp"

namespace moemark::bench {

// One registered benchmark: its row so far and what its time is compared with.
struct KernelRow {
  report::Record record;
  double flop = 0.0;
  double bytes = 0.0;
  double least_us = 0.0;
  std::vector<double> samples_us;  // a repetition each: mean over its back-to-back iterations
  std::int64_t iterations = 0;
  std::string failure;  // Google Benchmark's message: skipped
};

// Passes on to the library's own reporter, which prints one line a case (its median) unless an
// output format was asked for; or prints nothing.
class CollectingReporter : public benchmark::BenchmarkReporter {
 public:
  CollectingReporter(std::map<std::string, KernelRow>& rows, bool quiet, bool medians_only);
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  std::unique_ptr<benchmark::BenchmarkReporter> inner_;  // null: quiet
  std::map<std::string, KernelRow>& rows_;
  bool medians_only_;
};

// The record with its time columns filled from the samples.
report::Record finished(const KernelRow& row);

}  // namespace moemark::bench
