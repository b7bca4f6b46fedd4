// Moves experts' weights point to point, checks what arrives, and times it.
#pragma once

#include "bench/common/inputs/routing.hpp"
#include "bench/common/launch/launch.hpp"
#include "bench/common/rows/case_rows.hpp"
#include "report/record.hpp"

namespace moemark::bench {

// Collective. The row of a rebalance: `skipped` where it does not fit the memory, without times
// where nothing moves and with --check-only. Every EP group moves its own at the same time, all
// messages in flight at once. Throws WrongResult on every rank when other weights arrive than were
// sent.
report::Record measure_rebalance(Launch& launch, const RoutedCase& routed, const CaseRows& rows);

}  // namespace moemark::bench
