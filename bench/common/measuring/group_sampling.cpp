// Samples a group of rows and completes them.
#include "bench/common/measuring/group_sampling.hpp"

#include <fmt/format.h>

#include "bench/common/cases/case_columns.hpp"
#include "measure/machine_state.hpp"
#include "report/columns.hpp"

namespace moemark::bench {
namespace {

// `tool=GB/s` of each, `;` between them.
std::string published(const Row& row) {
  std::string text;
  for (const auto& [convention, bytes] : row.published) {
    if (!row.record.median_us || *row.record.median_us <= 0.0) break;
    text += fmt::format("{}{}={:.6g}", text.empty() ? "" : ";", convention,
                        giga_per_second(bytes, *row.record.median_us));
  }
  return text;
}

void complete(Row& row, const measure::Measurement& measured, const measure::GroupResult& group,
              bool noisy) {
  report::Record& record = row.record;
  report::set_times(record, measured.summary);
  record.stop_reason = measure::stop_reason_name(group.stop_reason);
  record.time_imbalance = measured.time_imbalance;
  record.slowest_rank = measured.slowest_rank;
  record.ratio_to_reference = measured.ratio_to_reference;
  record.aa_ratio = group.aa_ratio;
  record.delay_passed_on = measured.delay_passed_on;
  record.noisy = noisy;
  set_bandwidths(row);
  if (!row.published.empty()) record.published_bandwidths = published(row);
  if (row.useful_bytes > 0 && record.median_us && *record.median_us > 0.0) {
    record.useful_GBps = giga_per_second(static_cast<double>(row.useful_bytes), *record.median_us);
  }
}

// The participant of a slot as a sample takes it: --inner times back to back, and telling the
// watchdog what runs, outside the time.
measure::Participant sampled(Launch& launch, const Slot& slot) {
  measure::Participant participant = slot.participant;
  if (const int inner = launch.options.inner; inner > 1) {
    participant.operations *= inner;
    participant.run = [inner, run = slot.participant.run](device::Stream& stream) {
      for (int i = 0; i < inner; ++i) run(stream);
    };
  }
  participant.before = [&launch, name = slot.row.record.case_name,
                        before = slot.participant.before](device::Stream& stream) {
    launch.note("timing", name);
    if (before) before(stream);
  };
  return participant;
}

// --delay: each participant and the reference are late, and behind them all stand their punctual
// twins, whose times serve the comparison alone.
void come_late(const Delay& delay, int ep, std::vector<measure::Participant>& participants,
               std::optional<measure::Participant>& reference) {
  measure::Lateness late{delay.rank, delay.us, participants.size(), {}};
  const int first = delay.rank / ep * ep;  // of the late rank's group
  for (int rank = first; rank < first + ep; ++rank) {
    if (rank != delay.rank) late.others.push_back(rank);
  }
  const std::vector<measure::Participant> punctual = participants;
  for (measure::Participant& participant : participants) {
    participant.late = late;
    ++late.punctual;
  }
  participants.insert(participants.end(), punctual.begin(), punctual.end());
  if (!reference) return;
  participants.push_back(*reference);
  reference->late = late;
}

}  // namespace

std::vector<report::Record> sample_group(Launch& launch, std::optional<Slot> reference,
                                         std::vector<Slot> slots) {
  std::vector<measure::Participant> participants;
  participants.reserve(slots.size());
  for (const Slot& slot : slots) participants.push_back(sampled(launch, slot));
  std::optional<measure::Participant> yardstick;
  if (reference) yardstick = sampled(launch, *reference);
  if (const auto& delay = launch.options.delay) {
    const std::int64_t ep = slots.front().row.record.ep.value_or(launch.world.size());
    come_late(*delay, static_cast<int>(ep), participants, yardstick);
  }

  const measure::Sampler sampler(launch.world, launch.options.stop);
  const auto before = measure::processor_time();
  const measure::GroupResult result = sampler.measure(launch.stream, yardstick, participants);
  const auto after = measure::processor_time();

  std::vector<report::Record> records;
  const auto finish = [&](Row& row, const measure::Measurement& measured) {
    const auto runs = measured.summary.n * static_cast<std::int64_t>(participants.size() + 2);
    complete(
        row, measured, result,
        measure::is_noisy(before, after, launch.oversubscribed, result.involuntary_switches, runs));
    if (row.bounds) {
      records.push_back(
          launch.emit([record = row.record, bounds = row.bounds](const LinkRates& links) {
            return on_links(record, bounds, links);
          }));
    } else {
      records.push_back(launch.emit(row.record));
    }
    launch.emit_samples(row.record, measured.samples_us);
  };
  if (reference && result.reference) finish(reference->row, *result.reference);
  for (std::size_t i = 0; i < slots.size(); ++i) finish(slots[i].row, result.participants[i]);
  return records;
}

}  // namespace moemark::bench
