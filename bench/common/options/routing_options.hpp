// The options of which tokens go to which experts, and where those stand: --routing and its like,
// --placement and its like.
#pragma once

#include <CLI/CLI.hpp>

namespace moemark::bench {

struct Options;

void add_routing_options(CLI::App& app, Options& options);

}  // namespace moemark::bench
