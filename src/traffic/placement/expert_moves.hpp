// What a rebalance moves: the experts that a rank must hold in a new placement and does not in the
// old one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "traffic/placement/expert_slots.hpp"
#include "traffic/traffic_matrix.hpp"

namespace moemark {

// One expert's weights, between ranks of an EP group.
struct ExpertMove {
  int from = 0;
  int to = 0;
  std::int32_t expert = 0;

  friend bool operator==(const ExpertMove&, const ExpertMove&) = default;
};

// From one placement to another of the same experts on the same ranks; receivers in rank order, and
// each one's experts in the order of its new slots. A rank that will hold several copies of an
// expert gets it once, and copies on the spot. Of several ranks that have an expert the one that
// sends fewest so far gives it, the first of equals.
std::vector<ExpertMove> expert_moves(const ExpertSlots& from, const ExpertSlots& to, int ranks);

// Experts from each rank to each, [ranks, ranks].
CountMatrix count_moves(std::span<const ExpertMove> moves, int ranks);

}  // namespace moemark
