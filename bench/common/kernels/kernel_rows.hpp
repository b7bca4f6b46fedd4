// The rows of a kernel binary: factors before the run, times after it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/common/kernels/kernel_launch.hpp"
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

// `router/gate/preset:tiny/...`
std::string kernel_case_name(const Program& program, const Kernel& kernel, const Case& c);

// The factors of a case; no times yet.
report::Record kernel_record(const Program& program, const Kernel& kernel, const Case& c,
                             const Options& options);

// The record with its time columns filled from the samples.
report::Record finished(const KernelRow& row);

}  // namespace moemark::bench
