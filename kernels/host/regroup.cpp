// Index arithmetic around a dispatch, on the host: one pass each, bound by memory.
#include "kernels/regroup.hpp"

#include <algorithm>

namespace moemark::kernels {

void pad_positions(device::Stream& /*stream*/, std::span<const std::int32_t> keys,
                   std::span<const std::int32_t> offsets, std::span<const std::int32_t> cell_of_bin,
                   std::size_t rows_per_cell, std::span<std::int32_t> positions) {
  const auto cell_rows = static_cast<std::int32_t>(rows_per_cell);
  for (std::size_t a = 0; a < keys.size(); ++a) {
    if (keys[a] < 0) continue;
    const auto bin = static_cast<std::size_t>(keys[a]);
    positions[a] += cell_of_bin[bin] * cell_rows - offsets[bin];
  }
}

void build_regroup_plan(device::Stream& /*stream*/, std::span<const std::int32_t> counts,
                        int sources, std::size_t rows_per_chunk,
                        std::span<std::int32_t> expert_offsets,
                        std::span<std::int32_t> pos_to_arrival) {
  const std::size_t experts = expert_offsets.size() - 1;
  const auto source_count = static_cast<std::size_t>(sources);

  // Exclusive scan over experts of what all sources sent.
  expert_offsets[0] = 0;
  for (std::size_t e = 0; e < experts; ++e) {
    std::int32_t sum = 0;
    for (std::size_t s = 0; s < source_count; ++s) sum += counts[s * experts + e];
    expert_offsets[e + 1] = expert_offsets[e] + sum;
  }

  // Walk the chunks as they arrived; expert_offsets[e] serves as the cursor of expert e and ends
  // as the start of expert e + 1, so one shift restores the scan.
  std::size_t arrival = 0;
  for (std::size_t chunk = 0; chunk < source_count * experts; ++chunk) {
    if (rows_per_chunk > 0) arrival = chunk * rows_per_chunk;
    std::int32_t& cursor = expert_offsets[chunk % experts];
    for (std::int32_t i = 0; i < counts[chunk]; ++i) {
      pos_to_arrival[static_cast<std::size_t>(cursor++)] = static_cast<std::int32_t>(arrival++);
    }
  }
  for (std::size_t e = experts; e > 0; --e) expert_offsets[e] = expert_offsets[e - 1];
  expert_offsets[0] = 0;
}

void localise_ids(device::Stream& /*stream*/, std::span<const std::int32_t> ids, int first,
                  int count, std::span<std::int32_t> keys) {
  std::transform(ids.begin(), ids.end(), keys.begin(), [=](std::int32_t id) {
    return id >= first && id < first + count ? id - first : -1;
  });
}

}  // namespace moemark::kernels
