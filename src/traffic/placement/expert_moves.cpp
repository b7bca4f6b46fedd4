// What a rebalance moves.
#include "traffic/placement/expert_moves.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "traffic/expert_placement.hpp"

namespace moemark {
namespace {

// The ranks of an expert's copies.
std::vector<int> holders(const ExpertSlots& slots, const ExpertPlacement& blocks, int expert) {
  std::vector<int> ranks;
  for (const std::int32_t slot : slots.slots_of(expert)) ranks.push_back(blocks.rank_of(slot));
  return ranks;
}

}  // namespace

std::vector<ExpertMove> expert_moves(const ExpertSlots& from, const ExpertSlots& to, int ranks) {
  const auto old_blocks = ExpertPlacement::contiguous(from.slots(), ranks);
  const auto new_blocks = ExpertPlacement::contiguous(to.slots(), ranks);
  std::vector<ExpertMove> moves;
  std::vector<int> sent(static_cast<std::size_t>(ranks), 0);
  for (int receiver = 0; receiver < ranks; ++receiver) {
    std::vector<bool> here(static_cast<std::size_t>(to.experts()), false);
    for (int slot = old_blocks.first(receiver); slot < old_blocks.first(receiver + 1); ++slot) {
      here[static_cast<std::size_t>(from.expert_of(slot))] = true;
    }
    for (int slot = new_blocks.first(receiver); slot < new_blocks.first(receiver + 1); ++slot) {
      const std::int32_t expert = to.expert_of(slot);
      if (here[static_cast<std::size_t>(expert)]) continue;
      here[static_cast<std::size_t>(expert)] = true;
      const std::vector<int> givers = holders(from, old_blocks, expert);
      const int giver = *std::ranges::min_element(
          givers, {}, [&](int rank) { return sent[static_cast<std::size_t>(rank)]; });
      ++sent[static_cast<std::size_t>(giver)];
      moves.push_back({giver, receiver, expert});
    }
  }
  return moves;
}

CountMatrix count_moves(std::span<const ExpertMove> moves, int ranks) {
  CountMatrix counts(ranks, ranks);
  for (const ExpertMove& move : moves) ++counts.at(move.from, move.to);
  return counts;
}

}  // namespace moemark
