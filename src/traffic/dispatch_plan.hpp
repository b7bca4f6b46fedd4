// The plain counting sort of a rank's assignments: the truth that permutation kernels and
// dispatchers are compared with. Never on a timed path.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace moemark {

struct DispatchPlan {
  std::vector<std::int32_t> counts;         // [bins]
  std::vector<std::int32_t> offsets;        // [bins + 1], exclusive scan
  std::vector<std::int32_t> pos_to_assign;  // [offsets.back()], ascending inside a bin (stable)
  std::vector<std::int32_t> assign_to_pos;  // [keys], -1 where the key was -1
};

// Sorts assignment indices by key in 0..bins-1; keys of -1 are left out. Throws
// WrongResult on any other key.
DispatchPlan make_dispatch_plan(std::span<const std::int32_t> keys, int bins);

}  // namespace moemark
