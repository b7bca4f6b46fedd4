// The console's view of a case: one table, a row per operation.
#pragma once

#include <vector>

#include "bench/common/cases/cases.hpp"
#include "report/console_table.hpp"
#include "report/record.hpp"

namespace moemark::bench {

// Records of one case in the order to print. Timed columns show `-` where nothing was timed.
report::Table case_table(const Case& c, const std::vector<report::Record>& records);

}  // namespace moemark::bench
