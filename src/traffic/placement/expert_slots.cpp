// Slots of a placement, both ways round.
#include "traffic/placement/expert_slots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "model/errors.hpp"

namespace moemark {

ExpertSlots ExpertSlots::identity(int experts) {
  std::vector<std::int32_t> expert_of_slot(static_cast<std::size_t>(experts));
  std::iota(expert_of_slot.begin(), expert_of_slot.end(), 0);
  return ExpertSlots(std::move(expert_of_slot));
}

ExpertSlots::ExpertSlots(std::vector<std::int32_t> expert_of_slot)
    : expert_of_slot_(std::move(expert_of_slot)) {
  if (expert_of_slot_.empty()) return;
  const auto [least, most] = std::ranges::minmax(expert_of_slot_);
  if (least < 0) throw std::invalid_argument("ExpertSlots: an expert id is negative");
  if (static_cast<std::size_t>(most) >= expert_of_slot_.size()) {
    throw std::invalid_argument(fmt::format("ExpertSlots: {} slots cannot hold {} experts",
                                            expert_of_slot_.size(), std::int64_t{most} + 1));
  }
  std::vector<std::size_t> copies(static_cast<std::size_t>(most) + 1, 0);
  for (const std::int32_t expert : expert_of_slot_) ++copies[static_cast<std::size_t>(expert)];
  if (const auto none = std::ranges::find(copies, std::size_t{0}); none != copies.end()) {
    throw std::invalid_argument(
        fmt::format("ExpertSlots: expert {} has no slot", none - copies.begin()));
  }
  first_.assign(copies.size() + 1, 0);
  std::partial_sum(copies.begin(), copies.end(), first_.begin() + 1);
  slots_by_expert_.resize(expert_of_slot_.size());
  std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
  for (std::size_t slot = 0; slot < expert_of_slot_.size(); ++slot) {
    const auto expert = static_cast<std::size_t>(expert_of_slot_[slot]);
    slots_by_expert_[next[expert]++] = static_cast<std::int32_t>(slot);
  }
}

bool ExpertSlots::is_identity() const {
  for (int slot = 0; slot < slots(); ++slot) {
    if (expert_of(slot) != slot) return false;
  }
  return true;
}

RoutingTable ExpertSlots::place(RoutingTable logical, int source) const {
  for (int token = 0; token < logical.tokens; ++token) {
    for (std::int32_t& id : logical.ids(token)) {
      if (id == -1) continue;
      if (id < 0 || id >= experts()) {
        throw WrongResult(fmt::format("rank {} token {}: expert id {} is outside 0..{}", source,
                                      token, id, experts() - 1));
      }
      id = slot_for(id, source, token);
    }
  }
  return logical;
}

}  // namespace moemark
