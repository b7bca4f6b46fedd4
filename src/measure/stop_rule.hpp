// When a series of samples is long enough; decides from numbers it is given and reads no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace moemark::measure {

// The CSV column `stop_reason`.
enum class StopReason : std::uint8_t { converged, max_samples, max_time, fixed };
std::string_view stop_reason_name(StopReason reason);

// Samples inside a launch are correlated, so a narrow interval alone stops too early: hence the
// least number and the least time beside the width.
struct StopSettings {
  std::int64_t min_samples = 128;
  double min_seconds = 0.2;
  double relative_half_width = 0.02;
  std::int64_t max_samples = 2000;
  double budget_seconds = 5;  // --budget: of one case
  std::optional<std::int64_t> fixed_samples =
      {};  // --samples N: exactly N, the rest does not apply
};

// What is known after a batch of rounds; equal on all ranks, so that all decide alike.
struct SamplingState {
  std::int64_t rounds = 0;                         // taken so far, valid or not
  double seconds = 0;                              // spent sampling so far, of the slowest rank
  std::optional<double> relative_half_width = {};  // the widest over the operations of the group
};

class StopRule {
 public:
  // Throws std::invalid_argument when a setting can never be met (a number below 1, a time below
  // 0).
  explicit StopRule(const StopSettings& settings);

  // The reason to stop, or empty: go on.
  [[nodiscard]] std::optional<StopReason> decide(const SamplingState& state) const;

  // The most rounds that may still follow after `rounds`: no batch is longer than this.
  [[nodiscard]] std::int64_t rounds_left(std::int64_t rounds) const;

 private:
  StopSettings settings_;
};

}  // namespace moemark::measure
