// Rounds over a group: synchronise, time, gather all ranks' times, decide together, summarise.
#include "measure/sampler.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "device/cache_flush.hpp"
#include "device/gate.hpp"
#include "device/stop_watch.hpp"
#include "measure/gathered_times.hpp"
#include "measure/machine_state.hpp"
#include "measure/rotation.hpp"

namespace moemark::measure {
namespace {

constexpr std::int64_t batch_rounds = 32;  // rounds between two gatherings of times
constexpr std::int64_t warm_up_rounds = 10;
constexpr double warm_up_seconds = 0.05;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What a late rank does. A sleep would be longer than asked for, by tens of us; and without the
// yield a rank that shares its core could not even begin to wait.
void be_elsewhere(double us) {
  const auto start = Clock::now();
  while (seconds_since(start) * 1e6 < us) std::this_thread::yield();
}

// One round over a group: slot 0 opens with the reference, the last slot closes with it.
class Round {
 public:
  Round(const comm::Communicator& communicator, device::Stream& stream,
        const std::optional<Participant>& reference, std::span<const Participant> participants)
      : communicator_(communicator),
        stream_(stream),
        reference_(reference),
        participants_(participants),
        order_(participants.size()) {}

  [[nodiscard]] int slots() const {
    return static_cast<int>(participants_.size()) + (reference_ ? 2 : 0);
  }
  [[nodiscard]] int first_slot() const { return reference_ ? 1 : 0; }

  // Local times [slots()] in microseconds.
  void run(std::int64_t number, std::span<double> times) {
    if (reference_) times.front() = time_one(*reference_);
    round_order(static_cast<int>(participants_.size()), number, order_);
    for (const int index : order_) {
      times[static_cast<std::size_t>(first_slot()) + static_cast<std::size_t>(index)] =
          time_one(participants_[static_cast<std::size_t>(index)]);
    }
    if (reference_) times.back() = time_one(*reference_);
  }

 private:
  double time_one(const Participant& participant) {
    if (participant.before) participant.before(stream_);
    flush_.run(stream_);
    stream_.synchronize();
    communicator_.barrier();
    if (participant.late && participant.late->rank == communicator_.rank()) {
      be_elsewhere(participant.late->us);
    }
    if (participant.gated) gate_.close(stream_);
    watch_.start(stream_);
    participant.run(stream_);
    watch_.stop(stream_);
    gate_.open();
    const double time = watch_.elapsed().count();
    if (participant.after) participant.after(stream_);
    return time / participant.operations;
  }

  const comm::Communicator& communicator_;
  device::Stream& stream_;
  const std::optional<Participant>& reference_;
  std::span<const Participant> participants_;
  std::vector<int> order_;
  device::StopWatch watch_;
  device::CacheFlush flush_;
  device::Gate gate_;
};

double slowest_seconds(const comm::Communicator& communicator, Clock::time_point start) {
  const auto all = communicator.all_gather_value(seconds_since(start));
  return *std::max_element(all.begin(), all.end());
}

void warm_up(const comm::Communicator& communicator, Round& round) {
  // Connections are lazy: touch every pair of ranks once, with a byte that is not nothing.
  std::vector<std::byte> pairs(static_cast<std::size_t>(communicator.size()));
  std::vector<std::byte> received(pairs.size());
  communicator.all_to_all(pairs, received);

  std::vector<double> ignored(static_cast<std::size_t>(round.slots()));
  const auto start = Clock::now();
  do {
    for (std::int64_t i = 0; i < warm_up_rounds; ++i) round.run(i, ignored);
  } while (slowest_seconds(communicator, start) < warm_up_seconds);
}

}  // namespace

GroupResult Sampler::measure(device::Stream& stream, const std::optional<Participant>& reference,
                             std::span<const Participant> participants) const {
  Round round(communicator_, stream, reference, participants);
  const int slots = round.slots();
  warm_up(communicator_, round);

  GatheredTimes times(communicator_.size(), slots);
  GroupResult result;
  SamplingState state;
  const std::int64_t switches_before = involuntary_switches();
  const auto start = Clock::now();
  while (true) {
    const std::int64_t rounds = std::min(batch_rounds, rule_.rounds_left(state.rounds));
    std::vector<double> local(static_cast<std::size_t>(rounds * slots));
    for (std::int64_t i = 0; i < rounds; ++i) {
      round.run(state.rounds + i, std::span(local).subspan(static_cast<std::size_t>(i * slots),
                                                           static_cast<std::size_t>(slots)));
    }
    times.append_batch(communicator_.all_gather_values(std::span<const double>(local)), rounds);
    state.rounds += rounds;
    state.seconds = slowest_seconds(communicator_, start);
    state.relative_half_width = times.widest_half_width();
    if (const auto reason = rule_.decide(state)) {
      result.stop_reason = *reason;
      break;
    }
  }
  const auto switches = communicator_.all_gather_value(involuntary_switches() - switches_before);
  result.involuntary_switches = *std::max_element(switches.begin(), switches.end());

  const auto measurement_of = [&](const Participant& participant, int slot) {
    Measurement one = times.measurement(slot);
    if (const auto& late = participant.late) {
      const auto increase = times.mean_increase(
          slot, round.first_slot() + static_cast<int>(late->punctual), late->others);
      if (increase) one.delay_passed_on = *increase * participant.operations / late->us;
    }
    return one;
  };
  int slot = round.first_slot();
  for (const Participant& participant : participants) {
    result.participants.push_back(measurement_of(participant, slot));
    if (reference) {
      result.participants.back().ratio_to_reference = times.median_ratio(slot, 0, slots - 1);
    }
    ++slot;
  }
  if (reference) {
    result.reference = measurement_of(*reference, 0);
    result.aa_ratio = times.median_ratio(slots - 1, 0, 0);
  }
  return result;
}

}  // namespace moemark::measure
