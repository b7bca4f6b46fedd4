// Sorting assignments by destination, and moving rows accordingly and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "device/stream.hpp"
#include "kernels/rows.hpp"

namespace moemark::kernels {

// Where the stable counting sort of `keys` goes; all in device memory, allocated by the caller.
struct PlanBuffers {
  std::span<std::int32_t> counts;         // [bins]
  std::span<std::int32_t> offsets;        // [bins + 1], exclusive scan
  std::span<std::int32_t> assign_to_pos;  // [keys], -1 where the key is -1
};

// Assignment i goes to the next free place of bin keys[i]; within a bin ascending i (stable).
// Keys are -1 (left out) or 0..bins-1.
void build_plan(device::Stream& stream, std::span<const std::int32_t> keys, PlanBuffers plan);

// Copies row a / copies of `source` to row assign_to_pos[a] of `destination` for every assignment
// a = 0..assign_to_pos.size()-1 that is not -1. Rows are `row_bytes` bytes. Reads a source row
// once and writes it up to `copies` (top-k) times.
void permute_rows(device::Stream& stream, std::span<const std::byte> source, std::size_t row_bytes,
                  std::span<const std::int32_t> assign_to_pos, int copies,
                  std::span<std::byte> destination);

// permute_rows into rows that lie in several places: assignment a with peer_of_assign[a] = p >= 0
// goes to row assign_to_pos[a] - first_row[p] of destinations[p]. Both tables are [T, copies]; the
// destinations may be memory of other ranks. `first_row` and `destinations` are host memory.
void scatter_rows(device::Stream& stream, std::span<const std::byte> source, std::size_t row_bytes,
                  std::span<const std::int32_t> assign_to_pos,
                  std::span<const std::int32_t> peer_of_assign, int copies,
                  std::span<const std::size_t> first_row,
                  std::span<const std::span<std::byte>> destinations);

// Copies row source_row[i] of `source` to row i of `destination`; -1 writes zero bytes.
void gather_rows(device::Stream& stream, std::span<const std::byte> source, std::size_t row_bytes,
                 std::span<const std::int32_t> source_row, std::span<std::byte> destination);

// out[t] = sum over j < k of weights[t, j] * rows[assign_to_pos[t, j]], j ascending, in float32,
// rounded once to out.dtype; -1 positions add nothing. A position's row is `rows`' row; `weights`
// may be empty: every weight is then 1.
void unpermute_rows(device::Stream& stream, ConstRows rows,
                    std::span<const std::int32_t> assign_to_pos, std::span<const float> weights,
                    int copies, Rows out);

}  // namespace moemark::kernels
