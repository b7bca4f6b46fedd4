// --plan-only: the exact columns of a case for any number of ranks, on one process.
#pragma once

#include "bench/common/inputs/routing.hpp"

namespace moemark::bench {

// Every rank's table is computed here, one after the other; nothing is sent and no kernel runs (a
// router returns the planned ids, definitions of --routing kernel).
RoutedCase plan_route(const Case& c, const Topology& topology, const Options& options);

}  // namespace moemark::bench
