// Checks and times the dispatchers of a ready case.
#pragma once

#include <vector>

#include "bench/common/launch/launch.hpp"
#include "bench/common/measuring/dispatch_case.hpp"
#include "bench/common/rows/case_rows.hpp"
#include "report/record.hpp"

namespace moemark::bench {

// A row whose operation was not timed: every timed column empty, clock `none`.
report::Record without_measurement(const Row& row);

// --check-only: every selected dispatcher against the oracle, then with the real expert FFN.
std::vector<report::Record> check_dispatchers(Launch& launch, const RoutedCase& routed,
                                              DispatchCase& ready, const CaseRows& rows);

// Checks, then times: dispatch (with the baselines), combine, round trip, and with --phases every
// step. Dispatchers that do not fit the memory budget together are timed in several groups; one
// that does not fit alone gives a `skipped` row.
std::vector<report::Record> measure_dispatchers(Launch& launch, const RoutedCase& routed,
                                                DispatchCase& ready, const CaseRows& rows);

}  // namespace moemark::bench
