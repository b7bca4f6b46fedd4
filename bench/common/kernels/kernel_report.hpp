// Collects Google Benchmark's runs while it prints them.
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/common/kernels/kernel_rows.hpp"

namespace moemark::bench {

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

}  // namespace moemark::bench
