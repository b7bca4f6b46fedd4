// Rows without times: of what was only checked or planned, and of devices that have no clock.
#pragma once

#include <string_view>

#include "report/record.hpp"

namespace moemark::report {

// The column `clock` of a row that holds no time.
inline constexpr std::string_view no_clock = "none";

// The row with its factors, exact columns and metrics; all that a measurement fills is empty.
Record without_times(Record record);

}  // namespace moemark::report
