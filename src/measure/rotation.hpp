// The order in which the participants of a group run in one round.
#pragma once

#include <cstdint>
#include <span>

namespace moemark::measure {

// Writes the order of `participants` operations in round `round` (>= 0) to `order`, which has
// that many elements. Rounds come in pairs: a cyclic Latin-square row, then the same row
// reversed (ABC CBA, BCA ACB, ...), so that over 2 * participants rounds everybody stands at every
// position twice and a drift inside a round cancels in the pair.
// Throws std::invalid_argument when the sizes do not agree.
void round_order(int participants, std::int64_t round, std::span<int> order);

}  // namespace moemark::measure
