// --timing nccl-tests over message sizes: a table for each operation of --baseline.
#pragma once

#include <vector>

#include "bench/common/launch/launch.hpp"
#include "report/record.hpp"

namespace moemark::bench {

// Collective. Prints the tables, returns the rows.
std::vector<report::Record> run_as_nccl_tests(Launch& launch,
                                              const std::vector<std::size_t>& sizes);

}  // namespace moemark::bench
