// The permutation kernels as their definitions read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace moemark::kernels::reference {

struct Plan {
  std::vector<std::int32_t> counts;         // [bins]
  std::vector<std::int32_t> offsets;        // [bins + 1]
  std::vector<std::int32_t> assign_to_pos;  // [keys]
};

Plan build_plan(std::span<const std::int32_t> keys, int bins);

// `destination_rows` rows; those that no assignment goes to are zero.
std::vector<std::byte> permute_rows(std::span<const std::byte> source, std::size_t row_bytes,
                                    std::span<const std::int32_t> assign_to_pos, int copies,
                                    std::size_t destination_rows);

std::vector<std::byte> gather_rows(std::span<const std::byte> source, std::size_t row_bytes,
                                   std::span<const std::int32_t> source_row);

// rows [positions, width]; empty weights are ones. Returns [T, width] in float64.
std::vector<double> unpermute_rows(std::span<const float> rows, std::size_t width,
                                   std::span<const std::int32_t> assign_to_pos,
                                   std::span<const float> weights, int copies);

}  // namespace moemark::kernels::reference
