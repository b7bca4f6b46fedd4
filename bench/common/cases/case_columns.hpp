// What rows of every binary share: the columns that the case alone decides, and rates.
#pragma once

#include "bench/common/cases/cases.hpp"
#include "report/record.hpp"

namespace moemark::bench {

// Preset, scale, widths, experts, top-k, tokens and their spread, score, skew and element type.
void set_case_columns(report::Record& record, const Case& c);

// GB/s of bytes, GFLOP/s of floating-point operations.
constexpr double giga_per_second(double amount, double microseconds) {
  return amount / (microseconds * 1e3);
}

}  // namespace moemark::bench
