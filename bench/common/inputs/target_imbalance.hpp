// --target-imbalance: a case whose skew is solved for the load it is to have.
#pragma once

#include "bench/common/cases/cases.hpp"
#include "bench/common/launch/launch.hpp"

namespace moemark::bench {

// The case with the skew, and the slots where they follow it, whose rank max/mean (of rows
// received, behind capacity and placement: the column rank_max_over_mean) is the case's target; a
// case without target as it is. Collective, each rank draws its own tokens and all ranks find the
// same; under --plan-only of one rank alone, which draws them all. Throws CaseSkipped on every rank
// alike (solve_imbalance).
Case solved_case(const Case& c, const Launch& launch);

}  // namespace moemark::bench
