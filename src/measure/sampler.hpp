// Takes samples of a group of operations so that their ratios can be trusted: every round runs each
// of them once, in rotating order, between an opening and a closing run of the reference.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "device/stream.hpp"
#include "measure/statistics.hpp"
#include "measure/stop_rule.hpp"

namespace moemark::measure {

// A rank that comes late into an operation: after the barrier it is busy elsewhere for `us`, and
// its own time begins behind that. What the others take longer than in the participant `punctual`
// (the same operation without delay, in the same rounds) is the part of the delay passed on to
// them.
struct Lateness {
  int rank = 0;  // of the communicator
  double us = 0.0;
  std::size_t punctual = 0;  // index among the participants
  std::vector<int> others;   // ranks that are compared
};

// One operation of a group. Only `run` is timed; `before` and `after` may be empty.
struct Participant {
  std::function<void(device::Stream&)> before;
  std::function<void(device::Stream&)> run;
  std::function<void(device::Stream&)> after;
  int operations = 1;  // the time of a run is divided by it
  std::optional<Lateness> late = {};
  bool gated = false;  // `run` never waits for the stream: it may be queued behind a closed gate
};

struct Measurement {
  Summary summary;                           // of the slowest rank's time in each round
  std::vector<double> samples_us;            // in the order of the rounds
  double time_imbalance = 1.0;               // largest over mean of the ranks' own medians
  int slowest_rank = 0;                      // slowest in most rounds, the lowest of equals
  std::optional<double> ratio_to_reference;  // median over rounds of the ratio inside a round
  std::optional<double> delay_passed_on;     // over the delay; none without others that might wait
};

struct GroupResult {
  std::vector<Measurement> participants;
  std::optional<Measurement> reference;  // the opening runs
  std::optional<double> aa_ratio;        // closing over opening runs: 1 if nothing disturbed
  StopReason stop_reason = StopReason::fixed;
  std::int64_t involuntary_switches = 0;  // of the rank that was interrupted most
};

class Sampler {
 public:
  // `communicator` is the whole job: all ranks sample together.
  Sampler(const comm::Communicator& communicator, const StopSettings& settings)
      : communicator_(communicator), settings_(settings), rule_(settings) {}

  // Collective. Warms up, samples until the rule says stop, summarises; every rank returns the
  // same numbers, because all decide from the gathered times alone.
  [[nodiscard]] GroupResult measure(device::Stream& stream,
                                    const std::optional<Participant>& reference,
                                    std::span<const Participant> participants) const;

 private:
  const comm::Communicator& communicator_;
  StopSettings settings_;
  StopRule rule_;
};

}  // namespace moemark::measure
