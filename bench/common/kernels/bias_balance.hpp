// Loss-free balancing as an experiment: how long a router's load takes to become even when its
// selection bias follows it.
#pragma once

#include <string>
#include <vector>

#include "bench/common/cases/cases.hpp"
#include "bench/common/options/options.hpp"
#include "report/csv_writer.hpp"

namespace moemark::bench {

// A case and an update: `router/balance/preset:.../update:sign:0.001`.
struct BalanceRun {
  Case what;
  BiasUpdate update;
  std::string name;
};

std::vector<BalanceRun> balance_runs(const Program& program, const std::vector<Case>& cases,
                                     const Options& options);

// Each step routes --tokens fresh tokens of every rank through the router kernel, with logits that
// give the skew's load as long as the bias is zero, counts, and then moves the bias. A row for
// every step (`.../step:S`, the load before its update), a table for every run. A router without a
// selection bias gets one.
void balance(const BalanceRun& run, const Options& options, report::CsvWriter* csv);

}  // namespace moemark::bench
