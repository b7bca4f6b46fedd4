// --conventions: one run under the names of other tools.
#pragma once

#include <vector>

#include "bench/common/inputs/routing.hpp"
#include "report/console_table.hpp"
#include "report/record.hpp"

namespace moemark::bench {

// A row for each timed dispatch and combine: what each tool would have printed had the operation
// taken this median.
report::Table conventions_table(const RoutedCase& routed, const TrafficMatrices& traffic,
                                const std::vector<report::Record>& records);

}  // namespace moemark::bench
