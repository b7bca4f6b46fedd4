// Which dispatchers and baselines take part: names of the command line against the tables.
#pragma once

#include <string>
#include <vector>

#include "bench/common/options/options.hpp"
#include "dispatcher/strategy.hpp"

namespace moemark::bench {

// --dispatcher (`all`: every name; nothing: the default ones) times --schedule times --counts.
// Throws UsageError on what is not known, and on a schedule or way of counting that none of the
// dispatchers has.
std::vector<dispatcher::Strategy> resolve_strategies(const Options& options);
// `routes`: the program has routed tokens; without, baselines on them are neither in `all` nor
// allowed.
void resolve_baselines(Options& options, const std::vector<std::string>& when_not_given,
                       bool routes);

}  // namespace moemark::bench
