// collective_perf alltoallv: the all-to-all-v of a traffic matrix from a file.
#pragma once

#include <vector>

#include "bench/common/launch/launch.hpp"
#include "report/record.hpp"

namespace moemark::bench {

// Collective. Times it beside the bare library call and prints the table; returns the rows.
std::vector<report::Record> run_matrix(Launch& launch);

}  // namespace moemark::bench
