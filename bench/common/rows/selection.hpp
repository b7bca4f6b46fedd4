// Which rows --benchmark_filter selects, listings of them, and what to say when there are none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/common/cases/cases.hpp"
#include "bench/common/launch/launch.hpp"

namespace moemark::bench {

// Every row name of the sweep: phases of each dispatcher, then baselines, case by case.
std::vector<std::string> selected_names(const Launch& launch, const std::vector<Case>& cases);

// Whether the filter selects this row.
bool is_selected(const Options& options, std::string_view phase, std::string_view dispatcher,
                 const Case& c);

// Throws UsageError naming the filter when it selects nothing.
void require_selection(const Launch& launch, const std::vector<Case>& cases);

}  // namespace moemark::bench
