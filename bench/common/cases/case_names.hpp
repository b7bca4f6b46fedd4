// What cases are called, and which of them share a routing.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/common/cases/cases.hpp"

namespace moemark::bench {

// Of a case on `nodes` nodes of a group.
std::string case_name(const Case& c, const Options& options, int nodes);

// Names of routings that differ: more than one cannot go into one trace.
std::size_t count_routings(const std::vector<Case>& cases);
// The same of traffic matrices in bytes, which depend on the row and the groups too.
std::size_t count_matrices(const std::vector<Case>& cases);

}  // namespace moemark::bench
