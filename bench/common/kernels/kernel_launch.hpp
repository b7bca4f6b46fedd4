// The main of a single-process kernel binary: cases to Google Benchmark, its runs to rows.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/common/cases/cases.hpp"
#include "bench/common/options/options.hpp"
#include "device/stream.hpp"
#include "measure/calibration.hpp"

namespace moemark::bench {

// What one iteration does. `run` is called again and again; it owns what it needs.
struct KernelWork {
  double flop = 0.0;    // of valid rows
  double bytes = 0.0;   // that must be read and written at least
  bool writes = false;  // bound by the copy rate (else by the read rate)
  std::function<void(device::Stream&)> run;
  bool by_dot = false;  // flop are of bf16 dot products, whose peak is another

  int threads = 1;

  // The roofline: the time that flop or bytes take at the rates measured in this run; 0 for several
  // threads, for the rates are one core's.
  [[nodiscard]] double least_us(const measure::Calibration& machine) const;
};

// One kernel of a binary: what it is called and how it is set up for a case.
struct Kernel {
  std::string_view name;
  KernelWork (*prepare)(const Case& c, const Options& options, device::Stream& stream);
  std::string_view beside = {};  // of what people would use instead (--compare): our kernel's name
};

// Parses options, expands cases, runs every kernel of every case through Google Benchmark, prints
// its table, writes rows. Returns the exit code (0 ok, 1 wrong result, 2 usage, 3 run-time
// failure).
int run_kernels(int argc, char** argv, const Program& program, const std::vector<Kernel>& kernels);

// Enough copies of something of `bytes` to go beyond the last-level cache in rotation; 1 if warm.
std::size_t cold_copies(double bytes, const Options& options);

// Calls `run(i)` with i rotating over the copies.
template <class Run>
std::function<void(device::Stream&)> rotating(std::size_t copies, Run run) {
  return [copies, run = std::move(run), next = std::size_t{0}](device::Stream& stream) mutable {
    run(stream, next);
    next = (next + 1) % copies;
  };
}

}  // namespace moemark::bench
