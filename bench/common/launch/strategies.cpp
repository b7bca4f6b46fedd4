// Which dispatchers and baselines take part: names of the command line against the tables.
#include "bench/common/launch/strategies.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dispatcher/baselines/baselines.hpp"
#include "model/errors.hpp"

namespace moemark::bench {
namespace {

using dispatcher::Exchange;
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

Exchange with_schedule(const std::string& text) {
  constexpr std::string_view window = "window:";
  if (text.starts_with(window)) {
    const auto rounds = parse_integer("--schedule", text.substr(window.size()), 1, 1 << 16);
    return {.schedule = Exchange::Schedule::window, .window = static_cast<int>(rounds)};
  }
  for (const auto schedule : {Exchange::Schedule::library, Exchange::Schedule::pairwise,
                              Exchange::Schedule::per_expert}) {
    const Exchange exchange{.schedule = schedule};
    if (schedule_name(exchange) == text) return exchange;
  }
  throw UsageError(fmt::format(
      "--schedule: '{}' is not allowed; allowed: library, pairwise, window:W, per_expert", text));
}

std::vector<Exchange> exchanges(const Options& options) {
  std::vector<Exchange> all;
  for (const std::string& schedule : options.schedules) {
    for (const std::string& counts : options.counts) {
      all.push_back(with_schedule(schedule));
      all.back().counts = static_cast<Exchange::Counts>(
          parse_choice("--counts", counts, {"alltoall", "allgather"}));
    }
  }
  return all;
}

[[noreturn]] void refuse_exchange(const Names& names, const Exchange& exchange) {
  const bool by_schedule = exchange.schedule != Exchange::Schedule::library;
  throw UsageError(fmt::format(
      "{}: '{}' is not one that {} has", by_schedule ? "--schedule" : "--counts",
      by_schedule ? schedule_name(exchange) : counts_name(exchange), fmt::join(names, " or ")));
}

}  // namespace

std::vector<dispatcher::Strategy> resolve_strategies(const Options& options) {
  Names names = options.dispatchers;
  // One of each kind; the hierarchical forms differ from these where there are several nodes.
  if (names.empty()) {
    names = {"alltoallv", "alltoallv_dedup", "alltoall_padded", "allgather_reducescatter",
             "symmetric_push"};
  }
  if (names == Names{"all"}) names = names_of(dispatcher::dispatchers());
  std::vector<dispatcher::Strategy> strategies;
  for (const dispatcher::Exchange& exchange : exchanges(options)) {
    bool known = false;
    for (const std::string& name : names) {
      const dispatcher::Strategy strategy{&dispatcher::find_dispatcher(name), exchange};
      known = known || !strategy.entry->exchanges.obstacle(exchange);
      strategies.push_back(strategy);
    }
    if (!known) refuse_exchange(names, exchange);
  }
  return strategies;
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
