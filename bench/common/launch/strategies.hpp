// Which dispatchers and baselines take part: names of the command line against the tables.
#pragma once

#include <string>
#include <vector>

#include "bench/common/options/options.hpp"

namespace moemark::bench {

// Replaces `all` (or nothing) by every name. Throws UsageError on a name that is not in the table.
void resolve_dispatchers(Options& options);
// `routes`: the program has routed tokens; without, baselines on them are neither in `all` nor
// allowed.
void resolve_baselines(Options& options, const std::vector<std::string>& when_not_given,
                       bool routes);

}  // namespace moemark::bench
