// The rows of a kernel binary.
#include "bench/common/kernels/kernel_rows.hpp"

#include <fmt/format.h>

#include "bench/common/cases/case_columns.hpp"
#include "comm/backend.hpp"
#include "device/stop_watch.hpp"
#include "measure/statistics.hpp"
#include "report/columns.hpp"

namespace moemark::bench {

std::string kernel_case_name(const Program& program, const Kernel& kernel, const Case& c) {
  const std::string bench(program.name.substr(0, program.name.rfind("_perf")));
  return fmt::format("{}/{}/{}", bench, kernel.name, c.name.substr(0, c.name.rfind("/nodes")));
}

report::Record kernel_record(const Program& program, const Kernel& kernel, const Case& c,
                             const Options& options) {
  report::Record record;
  record.run_id = options.run_id;
  record.launch = options.launch;
  record.case_name = kernel_case_name(program, kernel, c);
  record.bench = program.name;
  record.phase = kernel.name;
  record.backend = comm::backend_name();
  record.topology = "host";
  record.ranks = 1;
  set_case_columns(record, c);
  record.routing = "ids";
  record.seed = static_cast<std::int64_t>(options.seed);
  record.sync = "none";
  record.clock = device::StopWatch::clock_name();
  record.warm = options.warm;
  record.checked = false;
  return record;
}

report::Record finished(const KernelRow& row) {
  report::Record record = row.record;
  const measure::Summary summary = measure::summarise(row.samples_us);
  if (!summary.median_us) {  // no samples
    record.status = "skipped";
    record.reason = row.failure;
    record.clock = "none";
    return record;
  }
  report::set_times(record, summary);
  record.status = "ok";
  record.inner = row.iterations;
  record.flop = static_cast<std::int64_t>(row.flop);
  record.kernel_bytes = static_cast<std::int64_t>(row.bytes);
  const double median_us = *summary.median_us;
  if (row.flop > 0.0) record.gflops = giga_per_second(row.flop, median_us);
  record.kernel_GBps = giga_per_second(row.bytes, median_us);
  if (row.least_us > 0.0) record.roofline_fraction = row.least_us / median_us;
  return record;
}

}  // namespace moemark::bench
