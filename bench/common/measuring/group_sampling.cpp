// Samples a group of rows and completes them.
#include "bench/common/measuring/group_sampling.hpp"

#include "bench/common/cases/case_columns.hpp"
#include "bench/common/rows/bounds.hpp"
#include "measure/machine_state.hpp"
#include "report/columns.hpp"

namespace moemark::bench {
namespace {

void complete(Row& row, const measure::Measurement& measured, const measure::GroupResult& group,
              bool noisy) {
  report::Record& record = row.record;
  report::set_times(record, measured.summary);
  record.stop_reason = measure::stop_reason_name(group.stop_reason);
  record.time_imbalance = measured.time_imbalance;
  record.slowest_rank = measured.slowest_rank;
  record.ratio_to_reference = measured.ratio_to_reference;
  record.aa_ratio = group.aa_ratio;
  record.noisy = noisy;
  set_loss(record);
  if (row.baseline != nullptr) {
    set_baseline_bandwidths(record, *row.baseline, row.traffic, row.baseline_bytes,
                            row.baseline_ranks);
  } else {
    set_bandwidths(record, row.traffic);
  }
  if (row.useful_bytes > 0 && record.median_us && *record.median_us > 0.0) {
    record.useful_GBps = giga_per_second(static_cast<double>(row.useful_bytes), *record.median_us);
  }
}

// The participant of a slot, telling the watchdog what runs, outside the time.
measure::Participant watched(Launch& launch, const Slot& slot) {
  measure::Participant participant = slot.participant;
  participant.before = [&launch, name = slot.row.record.case_name,
                        before = slot.participant.before](device::Stream& stream) {
    launch.note("timing", name);
    if (before) before(stream);
  };
  return participant;
}

}  // namespace

std::vector<report::Record> sample_group(Launch& launch, std::optional<Slot> reference,
                                         std::vector<Slot> slots) {
  std::vector<measure::Participant> participants;
  participants.reserve(slots.size());
  for (const Slot& slot : slots) participants.push_back(watched(launch, slot));
  std::optional<measure::Participant> yardstick;
  if (reference) yardstick = watched(launch, *reference);

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
    launch.emit(row.record);
    launch.emit_samples(row.record, measured.samples_us);
    records.push_back(row.record);
  };
  if (reference && result.reference) finish(reference->row, *result.reference);
  for (std::size_t i = 0; i < slots.size(); ++i) finish(slots[i].row, result.participants[i]);
  return records;
}

}  // namespace moemark::bench
