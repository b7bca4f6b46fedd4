// Index arithmetic around a dispatch: padded cells on the sender, source-major to expert-major on
// the receiver, global to local expert ids. All spans are device memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "device/stream.hpp"

namespace moemark::kernels {

// Moves planned positions from dense bins to cells of `rows_per_cell` rows: the i-th assignment of
// bin b goes to cell_of_bin[b] * rows_per_cell + i. keys [A] and offsets [bins + 1] as of
// build_plan(); positions [A] hold its assign_to_pos and are changed in place (-1 stays).
void pad_positions(device::Stream& stream, std::span<const std::int32_t> keys,
                   std::span<const std::int32_t> offsets, std::span<const std::int32_t> cell_of_bin,
                   std::size_t rows_per_cell, std::span<std::int32_t> positions);

// Rows arrived in chunks counts[s, e], source-major: chunk (s, e) starts at row
// (s * experts + e) * rows_per_chunk, or directly behind the chunk before it when rows_per_chunk is
// 0. Expert-major, then by source, then as they arrived: pos_to_arrival[p] is the arrival row of
// position p, expert_offsets [experts + 1] the exclusive scan. counts is [sources, experts].
void build_regroup_plan(device::Stream& stream, std::span<const std::int32_t> counts, int sources,
                        std::size_t rows_per_chunk, std::span<std::int32_t> expert_offsets,
                        std::span<std::int32_t> pos_to_arrival);

// keys[i] = ids[i] - first for ids in first .. first + count - 1, else -1.
void localise_ids(device::Stream& stream, std::span<const std::int32_t> ids, int first, int count,
                  std::span<std::int32_t> keys);

}  // namespace moemark::kernels
