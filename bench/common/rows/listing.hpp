// What a binary prints instead of running: cases, and the topology of a plan.
#pragma once

#include <string>
#include <vector>

#include "bench/common/cases/cases.hpp"
#include "bench/common/launch/launch.hpp"
#include "report/record.hpp"

namespace moemark::bench {

// The selected row names, one a line, and their number (on standard error).
void list_cases(const Launch& launch, const std::vector<Case>& cases);

// Of --plan-only: --ranks in nodes of --ranks-per-node.
Topology planned_topology(const Launch& launch);

// Throws UsageError naming --delay unless its rank is one of `ranks`, two at least.
void require_late_rank(const Delay& delay, int ranks);

// Throws UsageError naming --record-trace or --matrix-out, where given, unless the run has exactly
// one routing (one matrix in bytes).
void require_one_routing(const Options& options, const std::vector<Case>& cases);

// Emits and returns a row per dispatcher for a case that could not be measured.
std::vector<report::Record> rows_of_failed_case(Launch& launch, const Case& c,
                                                const std::string& status,
                                                const std::string& reason);

}  // namespace moemark::bench
