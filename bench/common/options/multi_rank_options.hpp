// The options that only binaries of several ranks understand: dispatchers or message sizes,
// topology, sampler, and what to do instead of timing.
#pragma once

#include <CLI/CLI.hpp>

#include "bench/common/options/options.hpp"

namespace moemark::bench {

// Declares those that `program` understands; parsing writes to `options`.
void add_multi_rank_options(CLI::App& app, const Program& program, Options& options);

}  // namespace moemark::bench
