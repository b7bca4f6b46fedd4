// --placement file:PATH: placements on disk.
#pragma once

#include "bench/common/launch/launch.hpp"

namespace moemark::bench {

// Collective. Reads the files of the run's placements on rank 0; throws UsageError on every rank
// when one cannot be read or is no placement.
void read_placements(Launch& launch);

}  // namespace moemark::bench
