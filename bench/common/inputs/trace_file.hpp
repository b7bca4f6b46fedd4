// --record-trace: the routing of the run, all ranks, into one file.
#pragma once

#include <filesystem>

#include "bench/common/inputs/routing.hpp"
#include "bench/common/launch/launch.hpp"

namespace moemark::bench {

// Collective. Rank 0 writes one JSON line a rank to `path`. Throws UsageError on
// every rank when the file cannot be written.
void record_trace(Launch& launch, const RoutedCase& routed, const std::filesystem::path& path);

}  // namespace moemark::bench
