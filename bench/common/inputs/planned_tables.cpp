#include "bench/common/inputs/planned_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "model/errors.hpp"
#include "routing/expert_choice.hpp"
#include "routing/planned_logits.hpp"

namespace moemark::bench {
namespace {

bool is_a_load(const Skew& skew) {
  return skew.kind != SkewKind::balanced && skew.kind != SkewKind::local &&
         skew.kind != SkewKind::hash;
}

// `balanced`: consecutive experts from any one on; `local`: any of a rank's; `hash`: any.
int most_groups_of_a_token(const RoutingPlan& plan, int groups) {
  const int width = plan.experts / groups;
  if (plan.skew.kind == SkewKind::balanced) {
    return std::min(groups, (plan.topk + 2 * width - 2) / width);
  }
  if (plan.skew.kind == SkewKind::hash) return std::min(groups, plan.topk);
  std::map<int, std::set<int>> groups_of_rank;
  for (int expert = 0; expert < plan.experts; ++expert) {
    const int rank = plan.homes.rank_of_expert(static_cast<std::size_t>(expert));
    groups_of_rank[rank].insert(expert / width);
  }
  std::size_t most = 0;
  for (const auto& [rank, its_groups] : groups_of_rank) most = std::max(most, its_groups.size());
  return std::min(plan.topk, static_cast<int>(most));
}

void require_possible(const RoutingPlan& plan, const RouterSpec& router) {
  const std::string reason = router.why_impossible(plan.experts, plan.topk);
  if (!reason.empty()) throw CaseSkipped(reason);
  if (is_a_load(plan.skew) || most_groups_of_a_token(plan, router.n_group) <= router.topk_group) {
    return;
  }
  throw CaseSkipped(
      fmt::format("skew {} gives a token experts of more than the {} groups that the router "
                  "allows: use --routing ids",
                  plan.skew.text, router.topk_group));
}

// Shares of a softmax are compared between tokens when experts choose. `most`: of any rank's token,
// so that all ranks skip the case or none does.
void require_leading_choices(const Case& c, int most) {
  if (c.preset.router.score != Score::softmax || PlannedLogits::choices_lead(most, c.experts)) {
    return;
  }
  throw CaseSkipped(
      fmt::format("{} of {} experts take one token, and no softmax gives them all a higher share "
                  "than a token that none takes: use --routing ids",
                  most, c.experts));
}

}  // namespace

PlannedTables::PlannedTables(const Case& c, std::uint64_t seed, RoutingSource routing)
    : plan_{c.skew, c.experts,  c.topk,          c.tokens,
            seed,   /*step=*/0, expert_homes(c), c.tokens_spread},
      capacity_(c.capacity),
      slots_(c.slots),
      shares_(
          load_shares(c.skew, c.experts, seed, data_folder() / "expert-counts.csv", plan_.homes)),
      recorded_(c.recorded) {
  if (c.skew.kind == SkewKind::expert_choice) {
    plan_.width = expert_choice_width(plan_, c.ranks);
    if (routing == RoutingSource::kernel) require_leading_choices(c, plan_.width);
    return;
  }
  if (routing != RoutingSource::kernel || c.preset.router.selects_by_logit()) return;
  require_possible(plan_, c.preset.router);
  if (is_a_load(c.skew)) calibrated_.emplace(plan_, c.preset.router, shares_);
}

RoutingTable PlannedTables::of(int rank) const {
  const auto number = static_cast<std::uint32_t>(rank);
  if (recorded_ != nullptr) {
    RoutingTable table = recorded_->tables[static_cast<std::size_t>(rank)];
    fill_lattice_weights(plan_, number, table);
    return table;
  }
  return calibrated_ ? calibrated_->of(number) : planned_table(plan_, shares_, number);
}

PlannedTables::Kept PlannedTables::kept(int rank) const {
  Kept kept{.table = of(rank)};
  if (!capacity_.drops()) return kept;
  RoutingTable& table = kept.table;
  if (recorded_ != nullptr && recorded_->weighted) {
    const auto& recorded = recorded_->tables[static_cast<std::size_t>(rank)].topk_weights;
    std::vector<float> lattice = std::exchange(table.topk_weights, recorded);
    kept.dropped = drop_overflow(capacity_, plan_.experts, table);
    table.topk_weights = std::move(lattice);
  } else {
    kept.dropped = drop_overflow(capacity_, plan_.experts, table);
  }
  return kept;
}

}  // namespace moemark::bench
