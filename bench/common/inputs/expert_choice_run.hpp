// The real router of `--skew expert_choice` on this rank.
#pragma once

#include <cstdint>

#include "bench/common/inputs/planned_tables.hpp"
#include "device/stream.hpp"
#include "routing/routing_table.hpp"

namespace moemark::bench {

// Runs the router whose experts choose among this rank's tokens, and returns its table (its own
// weights). Throws WrongResult when it does not return the planned ids, CaseSkipped naming
// `--routing ids` when no logits can make it return them.
RoutingTable let_experts_choose(const Case& c, const PlannedTables& tables,
                                const RoutingTable& planned, std::uint64_t seed, int rank,
                                device::Stream& stream);

}  // namespace moemark::bench
