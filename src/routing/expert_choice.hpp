// `--skew expert_choice`: experts choose tokens, so every expert has the same load and tokens have
// none, one or many experts (Zhou et al. 2022, arXiv:2202.09368).
//
// Of the T tokens of one rank every expert takes its C = floor(T * k / E) highest-scored ones, of
// equal scores the earlier token; k is the mean number of experts of a token. The score of a token
// for expert e is word e of (stream `expert_draw`, step, rank, token).
#pragma once

#include <cstdint>

#include "routing/expert_draw.hpp"
#include "routing/routing_table.hpp"

namespace moemark {

// The table [T, width] of one rank without weights: a token's experts ascending, -1 behind them.
// The width is that of the token with the most experts, at least plan.width and 1.
RoutingTable expert_choice_table(const RoutingPlan& plan, std::uint32_t rank);

// The width that all ranks 0 .. ranks - 1 of a job can share.
int expert_choice_width(const RoutingPlan& plan, int ranks);

}  // namespace moemark
