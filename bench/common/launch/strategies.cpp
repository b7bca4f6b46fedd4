// Which dispatchers and baselines take part: names of the command line against the tables.
#include "bench/common/launch/strategies.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dispatcher/baselines.hpp"
#include "dispatcher/dispatcher.hpp"
#include "model/errors.hpp"

namespace moemark::bench {
namespace {

using Names = std::vector<std::string>;

Names resolve(const Names& given, const Names& known) {
  if (given == Names{"all"}) return known;
  return given == Names{"none"} ? Names{} : given;
}

template <class Entry>
Names names_of(std::span<const Entry> table) {
  Names names;
  for (const Entry& entry : table) names.emplace_back(entry.name);
  return names;
}

}  // namespace

void resolve_dispatchers(Options& options) {
  if (options.dispatchers.empty()) {
    // One of each kind; the hierarchical forms differ from these where there are several nodes.
    options.dispatchers = {"alltoallv", "alltoallv_dedup", "alltoall_padded",
                           "allgather_reducescatter"};
  }
  options.dispatchers = options.dispatchers == Names{"all"} ? names_of(dispatcher::dispatchers())
                                                            : options.dispatchers;
  for (const auto& name : options.dispatchers) dispatcher::find_dispatcher(name);
}

void resolve_baselines(Options& options, const Names& when_not_given, bool routes) {
  if (options.baselines.empty()) options.baselines = when_not_given;
  Names known;
  for (const dispatcher::BaselineEntry& entry : dispatcher::baselines()) {
    if (routes || !entry.needs_routing()) known.emplace_back(entry.name);
  }
  options.baselines = resolve(options.baselines, known);
  for (const auto& name : options.baselines) {
    const bool needs_routing = dispatcher::find_baseline("--baseline", name).needs_routing();
    if (routes || !needs_routing) continue;
    throw UsageError(fmt::format("--baseline: '{}' needs routed tokens; allowed: {}", name,
                                 fmt::join(known, ", ")));
  }
}

}  // namespace moemark::bench
