// Which rows --benchmark_filter selects.
#include "bench/common/rows/selection.hpp"

#include <fmt/format.h>

#include "bench/common/rows/case_rows.hpp"
#include "model/errors.hpp"

namespace moemark::bench {

bool is_selected(const Options& options, std::string_view phase, std::string_view dispatcher,
                 const Case& c) {
  return filter_selects(options.google.filter, row_name(phase, dispatcher, c));
}

std::vector<std::string> selected_names(const Launch& launch, const std::vector<Case>& cases) {
  const Options& options = launch.options;
  std::vector<std::string> names;
  const auto add = [&](std::string_view phase, std::string_view dispatcher, const Case& c) {
    if (is_selected(options, phase, dispatcher, c)) {
      names.push_back(row_name(phase, dispatcher, c));
    }
  };
  for (const Case& c : cases) {
    for (const Phase phase : {Phase::dispatch, Phase::combine, Phase::round_trip}) {
      for (const auto& strategy : launch.strategies) add(name(phase), strategy.name(), c);
    }
    if (is_rebalanced(c)) add(rebalance_phase, rebalance_exchange, c);
    for (const std::string& baseline : options.baselines) add("baseline", baseline, c);
  }
  return names;
}

void require_selection(const Launch& launch, const std::vector<Case>& cases) {
  if (!selected_names(launch, cases).empty()) return;
  throw UsageError(fmt::format(
      "--benchmark_filter: '{}' selects nothing; --benchmark_list_tests prints the names",
      launch.options.google.filter));
}

}  // namespace moemark::bench
