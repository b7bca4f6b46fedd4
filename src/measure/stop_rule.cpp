// When a series of samples is long enough; decides from numbers it is given and reads no clock.
#include "measure/stop_rule.hpp"

#include <algorithm>
#include <stdexcept>

namespace moemark::measure {

std::string_view stop_reason_name(StopReason reason) {
  switch (reason) {
    case StopReason::converged:
      return "converged";
    case StopReason::max_samples:
      return "max_samples";
    case StopReason::max_time:
      return "max_time";
    case StopReason::fixed:
      return "fixed";
  }
  throw std::invalid_argument("stop_reason_name: unknown reason");
}

StopRule::StopRule(const StopSettings& settings) : settings_(settings) {
  if (settings.min_samples < 1 || settings.max_samples < 1 ||
      settings.fixed_samples.value_or(1) < 1) {
    throw std::invalid_argument("StopRule: a number of samples is below 1");
  }
  const auto valid = [](double value) { return value >= 0; };  // false for NaN
  if (!valid(settings.min_seconds) || !valid(settings.budget_seconds) ||
      !valid(settings.relative_half_width)) {
    throw std::invalid_argument("StopRule: a time or a width is below 0");
  }
}

std::optional<StopReason> StopRule::decide(const SamplingState& state) const {
  if (settings_.fixed_samples) {
    if (state.rounds >= *settings_.fixed_samples) return StopReason::fixed;
    return std::nullopt;
  }
  const bool long_enough =
      state.rounds >= settings_.min_samples && state.seconds >= settings_.min_seconds;
  if (long_enough && state.relative_half_width &&
      *state.relative_half_width <= settings_.relative_half_width) {
    return StopReason::converged;
  }
  if (state.rounds >= settings_.max_samples) return StopReason::max_samples;
  if (state.seconds >= settings_.budget_seconds) return StopReason::max_time;
  return std::nullopt;
}

std::int64_t StopRule::rounds_left(std::int64_t rounds) const {
  const std::int64_t last = settings_.fixed_samples.value_or(settings_.max_samples);
  return std::max<std::int64_t>(last - rounds, 0);
}

}  // namespace moemark::measure
