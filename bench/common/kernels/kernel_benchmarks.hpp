// Kernels as Google Benchmark sees them: registered by the names of their cases, set up once each.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/common/kernels/kernel_launch.hpp"
#include "bench/common/kernels/kernel_rows.hpp"
#include "bench/common/options/google_flags.hpp"

namespace moemark::bench {

// Google Benchmark calls a function several times to find its number of iterations: what a case
// needs is set up once and given back when the next case begins.
class CurrentWork {
 public:
  KernelWork& of(const std::string& name, const std::function<KernelWork()>& prepare) {
    if (name != name_) {
      name_.clear();  // prepare may throw, every time it is asked
      work_ = {};
      work_ = prepare();
      name_ = name;
    }
    return work_;
  }

 private:
  std::string name_;
  KernelWork work_;
};

// What the registered benchmarks of a run share.
struct KernelRun {
  const Options& options;
  device::Stream stream;
  measure::Calibration machine;
  CurrentWork current;
  std::map<std::string, KernelRow> rows;
};

// Registers the selected cases, with a row each. Everything passed in must outlive the run. Throws
// UsageError when the filter selects nothing.
void register_all(KernelRun& run, const std::vector<Kernel>& kernels,
                  const std::vector<Case>& cases, const Program& program);

// The flags given, behind our defaults.
GoogleFlags with_defaults(const Options& options);

}  // namespace moemark::bench
