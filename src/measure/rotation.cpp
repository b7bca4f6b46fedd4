// The order in which the participants of a group run in one round.
#include "measure/rotation.hpp"

#include <algorithm>
#include <stdexcept>

namespace moemark::measure {

void round_order(int participants, std::int64_t round, std::span<int> order) {
  if (participants < 1 || round < 0 || order.size() != static_cast<std::size_t>(participants)) {
    throw std::invalid_argument("round_order: needs participants >= 1, round >= 0, equal sizes");
  }
  // The row moves on once a pair: moving it every round would, with two participants, undo the
  // reversal and give the same order for ever.
  const std::int64_t row = round / 2;
  for (int position = 0; position < participants; ++position) {
    order[static_cast<std::size_t>(position)] = static_cast<int>((position + row) % participants);
  }
  if (round % 2 == 1) std::ranges::reverse(order);
}

}  // namespace moemark::measure
