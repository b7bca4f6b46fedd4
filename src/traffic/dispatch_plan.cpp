// A stable counting sort.
#include "traffic/dispatch_plan.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <numeric>

#include "model/errors.hpp"

namespace moemark {

DispatchPlan make_dispatch_plan(std::span<const std::int32_t> keys, int bins) {
  DispatchPlan plan;
  plan.counts.assign(static_cast<std::size_t>(bins), 0);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] < -1 || keys[i] >= bins) {
      throw WrongResult(
          fmt::format("assignment {}: key {} is outside -1..{}", i, keys[i], bins - 1));
    }
    if (keys[i] >= 0) plan.counts[static_cast<std::size_t>(keys[i])] += 1;
  }
  plan.offsets.assign(plan.counts.size() + 1, 0);
  std::partial_sum(plan.counts.begin(), plan.counts.end(), plan.offsets.begin() + 1);

  std::vector<std::int32_t> next(plan.offsets.begin(), plan.offsets.end() - 1);
  plan.pos_to_assign.resize(static_cast<std::size_t>(plan.offsets.back()));
  plan.assign_to_pos.assign(keys.size(), -1);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] < 0) continue;
    const std::int32_t position = next[static_cast<std::size_t>(keys[i])]++;
    plan.pos_to_assign[static_cast<std::size_t>(position)] = static_cast<std::int32_t>(i);
    plan.assign_to_pos[i] = position;
  }
  return plan;
}

}  // namespace moemark
