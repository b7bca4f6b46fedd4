// collective_perf pairs: latency and bandwidth from every rank to every other, one pair at a time.
#pragma once

#include <vector>

#include "bench/common/launch/launch.hpp"
#include "report/record.hpp"

namespace moemark::bench {

// Collective. Times every ordered pair while the other ranks wait, prints two heat maps and names
// the slowest links; returns the rows. Throws UsageError on one rank.
std::vector<report::Record> run_pairs(Launch& launch);

}  // namespace moemark::bench
