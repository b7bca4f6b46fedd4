// The routing of a run, all ranks: into one file (--record-trace), and out of one (--routing
// trace).
#pragma once

#include <filesystem>
#include <memory>

#include "bench/common/inputs/routing.hpp"
#include "bench/common/launch/launch.hpp"

namespace moemark::bench {

// Collective. Rank 0 writes one JSON line a rank to `path`. Throws UsageError on
// every rank when the file cannot be written.
void record_trace(Launch& launch, const RoutedCase& routed, const std::filesystem::path& path);

// Collective. Rank 0 reads the source and passes on the chosen step and layer, one table for
// each of `ranks`; options.tokens (the fullest rank's), topk and skews then say what it holds.
// Throws UsageError on every rank when the file is malformed or of another number of ranks.
std::shared_ptr<const RecordedRouting> replayed_routing(const comm::Communicator& world,
                                                        const TraceSource& source, int ranks,
                                                        Options& options);

}  // namespace moemark::bench
