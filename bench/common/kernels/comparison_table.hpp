// --compare: our kernels beside what people would use instead.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/common/kernels/kernel_launch.hpp"
#include "bench/common/kernels/kernel_rows.hpp"
#include "report/console_table.hpp"

namespace moemark::bench {

// A line for every case and comparison that both ran: both medians, and how many times as long the
// other takes.
report::Table comparison_table(const Program& program, const std::vector<Kernel>& kernels,
                               const std::vector<Case>& cases,
                               const std::map<std::string, KernelRow>& rows);

}  // namespace moemark::bench
