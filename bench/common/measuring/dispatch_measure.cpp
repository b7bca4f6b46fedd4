// Checks and times the dispatchers of a ready case.
#include "bench/common/measuring/dispatch_measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bench/common/measuring/ffn_check.hpp"
#include "bench/common/measuring/group_sampling.hpp"
#include "bench/common/rows/selection.hpp"
#include "model/errors.hpp"
#include "report/format.hpp"

namespace moemark::bench {
namespace {

using dispatcher::Strategy;
using Strategies = std::vector<Strategy>;

// With --phases also the operation with a known layout; in the backward pass it always is.
std::vector<Phase> phases(const Options& options, Pass pass) {
  if (!options.phases || pass == Pass::backward)
    return {Phase::dispatch, Phase::combine, Phase::round_trip};
  return {Phase::dispatch, Phase::dispatch_cached, Phase::combine, Phase::round_trip};
}

bool any_phase_selected(const Launch& launch, const Strategy& strategy, const Case& c) {
  return std::ranges::any_of(phases(launch.options, c.pass), [&](Phase phase) {
    return is_selected(launch.options, name(phase), strategy.name(), c);
  });
}

std::string too_large(std::size_t needed, std::size_t left) {
  const auto text = [](std::size_t bytes) {
    return report::format_bytes(static_cast<std::int64_t>(bytes));
  };
  return fmt::format("needs {} of buffers a rank, {} are left of the memory limit", text(needed),
                     text(left));
}

void skip(Launch& launch, const Case& c, const Strategy& strategy, const std::string& reason,
          std::vector<report::Record>& records) {
  records.push_back(row_without_times(launch, c, "dispatch", strategy, "skipped", reason));
  launch.emit(records.back());
}

// The selected dispatchers in groups that fit the memory together, in the order given; what does
// not apply to these groups, or not fit alone, becomes a row.
std::vector<Strategies> fitting_groups(Launch& launch, const RoutedCase& routed,
                                       const DispatchCase& ready,
                                       std::vector<report::Record>& records) {
  std::vector<Strategies> groups(1);
  std::size_t used = 0;
  for (const Strategy& strategy : launch.strategies) {
    if (!any_phase_selected(launch, strategy, routed.what)) continue;
    auto reason = strategy.obstacle(routed.groups);
    const std::size_t needed = reason ? 0 : ready.needed_bytes(strategy);
    if (needed > ready.budget_bytes()) reason = too_large(needed, ready.budget_bytes());
    if (reason) {
      skip(launch, routed.what, strategy, *reason, records);
      continue;
    }
    if (used + needed > ready.budget_bytes()) {
      groups.emplace_back();
      used = 0;
    }
    groups.back().push_back(strategy);
    used += needed;
  }
  return groups;
}

// What turns out only now not to fit (memory that ranks share) becomes a row.
std::vector<NamedDispatcher> prepare_all(Launch& launch, const RoutedCase& routed,
                                         DispatchCase& ready, const Strategies& strategies,
                                         std::vector<report::Record>& records) {
  std::vector<NamedDispatcher> prepared;
  prepared.reserve(strategies.size());
  for (const Strategy& strategy : strategies) {
    try {
      prepared.push_back(ready.prepare(strategy));
    } catch (const CaseSkipped& skipped) {
      skip(launch, routed.what, strategy, skipped.what(), records);
    }
  }
  return prepared;
}

std::span<const dispatcher::Step> dispatch_steps(const dispatcher::Dispatcher& dispatcher,
                                                 Phase phase, Pass pass) {
  const bool cached = phase == Phase::dispatch_cached || pass == Pass::backward;
  return cached ? dispatcher.dispatch_cached() : dispatcher.dispatch();
}

// Steps of counts wait for numbers of the device.
bool waits_on_host(std::span<const dispatcher::Step> steps) {
  return std::ranges::any_of(steps, [](const dispatcher::Step& step) {
    return step.kind == dispatcher::StepKind::counts;
  });
}

measure::Participant participant(const dispatcher::Dispatcher& dispatcher, Phase phase, Pass pass) {
  return {{},
          [&dispatcher, phase, pass](device::Stream& stream) {
            if (phase != Phase::combine) {
              run_steps(dispatch_steps(dispatcher, phase, pass), stream);
            }
            if (phase == Phase::combine || phase == Phase::round_trip) {
              run_steps(dispatcher.combine(), stream);
            }
          },
          {},
          1,
          {},
          phase == Phase::combine || !waits_on_host(dispatch_steps(dispatcher, phase, pass))};
}

measure::Participant raw_participant(DispatchCase& ready, Phase phase) {
  if (phase == Phase::round_trip) return ready.raw_round_trip();
  return phase == Phase::combine ? ready.raw_combine() : ready.raw_dispatch();
}

// One step timed; the steps before and behind it run too, outside the time.
measure::Participant step_participant(std::span<const dispatcher::Step> steps, std::size_t index) {
  return {[steps, index](device::Stream& stream) { run_steps(steps.first(index), stream); },
          steps[index].run,
          [steps, index](device::Stream& stream) { run_steps(steps.subspan(index + 1), stream); },
          1,
          {},
          !waits_on_host(steps.subspan(index, 1))};
}

void append(std::vector<report::Record>& all, std::vector<report::Record> more) {
  all.insert(all.end(), more.begin(), more.end());
}

std::vector<report::Record> measure_phase(Launch& launch, const Case& c, DispatchCase& ready,
                                          const CaseRows& rows,
                                          std::vector<NamedDispatcher>& dispatchers,
                                          std::vector<NamedBaseline>& baselines, Phase phase) {
  std::vector<Slot> slots;
  for (const NamedDispatcher& named : dispatchers) {
    if (!is_selected(launch.options, name(phase), named.strategy.name(), c)) continue;
    slots.push_back(
        {rows.of(named.strategy, phase), participant(*named.dispatcher, phase, c.pass)});
  }
  if (phase == Phase::dispatch) {
    for (NamedBaseline& named : baselines) {
      slots.push_back(
          {rows.of(*named.entry, named.bytes),
           {{},
            [&named](device::Stream& stream) { run_steps(named.baseline.steps, stream); },
            {},
            named.baseline.operations,
            {},
            !waits_on_host(named.baseline.steps)}});
    }
  }
  if (slots.empty()) return {};
  return sample_group(launch, Slot{rows.of_raw(phase), raw_participant(ready, phase)},
                      std::move(slots));
}

std::vector<report::Record> measure_steps(Launch& launch, const Case& c, DispatchCase& ready,
                                          const CaseRows& rows, const NamedDispatcher& named,
                                          Phase phase) {
  const auto steps = phase == Phase::combine ? named.dispatcher->combine()
                                             : dispatch_steps(*named.dispatcher, phase, c.pass);
  std::vector<Slot> slots;
  slots.reserve(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    slots.push_back(
        {rows.of_step(named.strategy, phase, steps[i].name), step_participant(steps, i)});
  }
  Slot reference{rows.of_raw(phase), raw_participant(ready, phase)};
  reference.row.record.phase = fmt::format("{}.reference", name(phase));
  reference.row.record.case_name += fmt::format("/beside:{}", named.strategy.name());
  return sample_group(launch, std::move(reference), std::move(slots));
}

std::vector<NamedBaseline> prepare_baselines(Launch& launch, const RoutedCase& routed,
                                             DispatchCase& ready,
                                             std::vector<report::Record>& records) {
  std::vector<NamedBaseline> prepared;
  for (const std::string& wanted : launch.options.baselines) {
    const dispatcher::BaselineEntry& entry = dispatcher::find_baseline("--baseline", wanted);
    if (!is_selected(launch.options, "baseline", entry.name, routed.what)) continue;
    if (routed.groups.ep < entry.least_ranks) {
      records.push_back(row_without_times(launch, routed.what, "baseline", entry.name, "skipped",
                                          "needs two ranks in a group"));
      launch.emit(records.back());
      continue;
    }
    // Only rank 0 has the matrices.
    const std::size_t bytes = launch.world.broadcast_value(
        routed.traffic ? baseline_bytes(entry, routed.what, routed.groups, *routed.traffic) : 0);
    prepared.push_back(ready.prepare(entry, bytes));
  }
  return prepared;
}

}  // namespace

report::Record without_measurement(const Row& row) {
  report::Record record = row.record;
  record.clock = "none";
  record.sync = "";
  record.warm = std::nullopt;
  record.inner = std::nullopt;
  record.oversubscribed = std::nullopt;
  return record;
}

std::vector<report::Record> check_dispatchers(Launch& launch, const RoutedCase& routed,
                                              DispatchCase& ready, const CaseRows& rows) {
  std::vector<report::Record> records;
  const FfnCheck ffn(routed, launch);
  for (const Strategies& group : fitting_groups(launch, routed, ready, records)) {
    for (NamedDispatcher& named : prepare_all(launch, routed, ready, group, records)) {
      launch.note("checking with the real experts", named.strategy.name());
      ffn.run(named, ready);
      for (const Phase phase : phases(launch.options, routed.what.pass)) {
        if (!is_selected(launch.options, name(phase), named.strategy.name(), routed.what)) continue;
        report::Record record = without_measurement(rows.of(named.strategy, phase));
        if (const std::string& left_out = ffn.reason_to_skip(); !left_out.empty()) {
          if (!record.reason.empty()) record.reason += "; ";
          record.reason += left_out;
        }
        launch.emit(record);
        records.push_back(std::move(record));
      }
    }
  }
  return records;
}

std::vector<report::Record> measure_dispatchers(Launch& launch, const RoutedCase& routed,
                                                DispatchCase& ready, const CaseRows& rows) {
  std::vector<report::Record> records;
  std::vector<NamedBaseline> baselines = prepare_baselines(launch, routed, ready, records);
  for (const Strategies& group : fitting_groups(launch, routed, ready, records)) {
    std::vector<NamedDispatcher> dispatchers = prepare_all(launch, routed, ready, group, records);
    for (const Phase phase : phases(launch.options, routed.what.pass)) {
      append(records,
             measure_phase(launch, routed.what, ready, rows, dispatchers, baselines, phase));
    }
    baselines.clear();  // once a case is enough
    if (!launch.options.phases) continue;
    for (const NamedDispatcher& named : dispatchers) {
      append(records, measure_steps(launch, routed.what, ready, rows, named, Phase::dispatch));
      append(records, measure_steps(launch, routed.what, ready, rows, named, Phase::combine));
    }
  }
  return records;
}

}  // namespace moemark::bench
