// The experts' FFN on several threads of the host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/expert_gemm.hpp"
#include "kernels/thread_team.hpp"

namespace moemark::kernels {

// The first row of each member's part and, behind them, the number of rows: parts of nearly equal
// cost, where an expert costs its rows and, for reading its weights, a few more. Small experts stay
// whole.
std::vector<std::int32_t> team_parts(std::span<const std::int32_t> expert_offsets, int members);

// As expert_ffn(), to the bit, by all members of the team. workspace: size() times what
// expert_ffn_workspace_bytes() says.
void expert_ffn_team(ThreadTeam& team, const PackedExperts& experts, ConstRows x,
                     std::span<const std::int32_t> expert_offsets, std::span<std::byte> workspace,
                     Rows y);

}  // namespace moemark::kernels
