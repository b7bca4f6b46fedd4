// Which logical expert stands in each physical slot, and which copy of it a token takes.
//
// The router speaks of logical experts; everything behind the placement (traffic, dispatchers,
// load metrics) speaks of physical experts, which are the slots of the EP group in rank order:
// contiguous blocks of them stand on the ranks (ExpertPlacement).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "routing/routing_table.hpp"

namespace moemark {

class ExpertSlots {
 public:
  ExpertSlots() = default;  // of no experts
  // Expert e in slot e.
  static ExpertSlots identity(int experts);
  // `expert_of_slot` [slots]: the experts are 0 .. the largest id. Throws std::invalid_argument
  // naming an expert that has no slot, or a negative id.
  explicit ExpertSlots(std::vector<std::int32_t> expert_of_slot);

  [[nodiscard]] int slots() const { return static_cast<int>(expert_of_slot_.size()); }
  [[nodiscard]] int experts() const {
    return first_.empty() ? 0 : static_cast<int>(first_.size()) - 1;
  }
  // Slots beyond one of every expert.
  [[nodiscard]] int replicas() const { return slots() - experts(); }
  [[nodiscard]] bool is_identity() const;

  [[nodiscard]] std::int32_t expert_of(int slot) const {
    return expert_of_slot_[static_cast<std::size_t>(slot)];
  }
  [[nodiscard]] std::span<const std::int32_t> expert_of_each() const { return expert_of_slot_; }
  // The copies of an expert, ascending.
  [[nodiscard]] std::span<const std::int32_t> slots_of(int expert) const {
    const auto begin = first_[static_cast<std::size_t>(expert)];
    const auto end = first_[static_cast<std::size_t>(expert) + 1];
    return std::span(slots_by_expert_).subspan(begin, end - begin);
  }
  // Copy number (source + token) mod copies: sources and their tokens spread over the copies
  // whatever their number, and anybody can tell which copy another rank's token takes.
  [[nodiscard]] std::int32_t slot_for(int expert, int source, int token) const {
    const auto copies = slots_of(expert);
    const auto turn = static_cast<std::size_t>(source) + static_cast<std::size_t>(token);
    return copies[turn % copies.size()];
  }

  // The table of rank `source` of the job with the slot of every assignment in the place of its
  // expert; -1 stays. Throws WrongResult naming rank and token on an id that is no expert.
  [[nodiscard]] RoutingTable place(RoutingTable logical, int source) const;

  friend bool operator==(const ExpertSlots&, const ExpertSlots&) = default;

 private:
  std::vector<std::int32_t> expert_of_slot_;
  std::vector<std::int32_t> slots_by_expert_;  // [slots]
  std::vector<std::size_t> first_;             // [experts + 1], into slots_by_expert_
};

}  // namespace moemark
