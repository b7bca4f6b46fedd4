// An FFN cut into parts by rows. The result of a row does not depend on the rows beside it, so
// parts may begin anywhere.
#include "kernels/expert_team.hpp"

#include <algorithm>

#include "kernels/host/ffn_call.hpp"
#include "kernels/host/isa.hpp"
#include "kernels/host/require.hpp"

namespace moemark::kernels {
namespace {

// Rows that take as long as reading an expert's bf16 weights: 2 bytes of a weight at some 20 GB/s
// against 2 flop a row at some 100 GFLOP/s, 5 of them, and a bit for slower neighbours.
constexpr std::int64_t rows_of_weights = 8;
constexpr std::int64_t worth_cutting = 4 * rows_of_weights;

std::int64_t cost_of(std::int64_t rows) {
  return rows > 0 ? rows + rows_of_weights : 0;
}

}  // namespace

std::vector<std::int32_t> team_parts(std::span<const std::int32_t> expert_offsets, int members) {
  std::int64_t total = 0;
  for (std::size_t e = 0; e + 1 < expert_offsets.size(); ++e) {
    total += cost_of(expert_offsets[e + 1] - expert_offsets[e]);
  }
  std::vector<std::int32_t> parts = {expert_offsets.front()};
  std::int64_t before = 0;  // cost of the experts before e
  for (std::size_t e = 0; e + 1 < expert_offsets.size(); ++e) {
    const std::int32_t first = expert_offsets[e];
    const std::int64_t rows = expert_offsets[e + 1] - first;
    const std::int64_t cost = cost_of(rows);
    // Every cut that falls into this expert: inside it where that pays, else at its nearer end.
    while (static_cast<int>(parts.size()) < members) {
      const std::int64_t cut = total * static_cast<std::int64_t>(parts.size()) / members - before;
      if (cut > cost) break;
      const std::int64_t nearer_end = cut * 2 < cost ? 0 : rows;
      const std::int64_t row = rows >= worth_cutting ? rows * cut / cost : nearer_end;
      parts.push_back(first + static_cast<std::int32_t>(row));
    }
    before += cost;
  }
  parts.resize(static_cast<std::size_t>(members), expert_offsets.back());
  parts.push_back(expert_offsets.back());
  return parts;
}

void expert_ffn_team(ThreadTeam& team, const PackedExperts& experts, ConstRows x,
                     std::span<const std::int32_t> expert_offsets, std::span<std::byte> workspace,
                     Rows y) {
  const auto rows = static_cast<std::size_t>(expert_offsets.back());
  const std::size_t share = expert_ffn_workspace_bytes(experts.shape(), rows);
  require(workspace.size() >= share * static_cast<std::size_t>(team.size()),
          "expert_ffn_team: workspace smaller than expert_ffn_workspace_bytes for every thread");
  const FfnCall whole = ffn_call(experts, x, expert_offsets, workspace, y);
  const std::vector<std::int32_t> parts = team_parts(expert_offsets, team.size());
  team.run([&](int member) {
    const auto m = static_cast<std::size_t>(member);
    std::vector<std::int32_t> offsets(expert_offsets.begin(), expert_offsets.end());
    for (std::int32_t& offset : offsets) offset = std::clamp(offset, parts[m], parts[m + 1]);
    FfnCall part = whole;
    part.offsets = offsets.data();
    part.workspace = workspace.subspan(m * share, share).data();
    active_kernels().expert_ffn(part);
  });
}

}  // namespace moemark::kernels
