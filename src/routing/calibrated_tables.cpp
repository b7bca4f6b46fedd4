#include "routing/calibrated_tables.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "routing/router_choice.hpp"
#include "routing/topics.hpp"

namespace moemark {

RankLogits::RankLogits(const std::vector<RouterCalibration>& calibrations,
                       std::vector<int> topic_of_token, GumbelLogits noise, std::uint32_t step,
                       std::uint32_t rank)
    : calibrations_(&calibrations),
      topic_of_token_(std::move(topic_of_token)),
      noise_(std::move(noise)),
      step_(step),
      rank_(rank) {}

void RankLogits::of(int token, std::span<float> out) {
  const std::size_t which =
      topic_of_token_.empty()
          ? 0
          : static_cast<std::size_t>(topic_of_token_[static_cast<std::size_t>(token)]);
  noise_.fill((*calibrations_)[which].base, {step_, rank_, static_cast<std::uint32_t>(token)}, out);
}

CalibratedTables::CalibratedTables(const RoutingPlan& plan, const RouterSpec& router,
                                   const std::vector<double>& shares)
    : plan_(plan), router_(router), noise_(plan.seed) {
  if (plan.skew.kind != SkewKind::topic) {
    calibrations_.push_back(calibrate_router(router, plan.topk, shares, plan.seed));
    return;
  }
  for (const auto& of_topic : topic_shares(plan.skew, plan.experts, plan.seed)) {
    calibrations_.push_back(
        calibrate_router(router, plan.topk, of_topic, plan.seed, OffsetsIn::base));
  }
}

RankLogits CalibratedTables::logits(std::uint32_t rank) const {
  std::vector<int> topics;
  if (plan_.skew.kind == SkewKind::topic) {
    topics = topics_of_tokens(plan_.skew, plan_.seed, plan_.step, rank, tokens_of(plan_, rank));
  }
  return {calibrations_, std::move(topics), noise_, plan_.step, rank};
}

RoutingTable CalibratedTables::of(std::uint32_t rank) const {
  RoutingTable table(tokens_of(plan_, rank), plan_.topk);
  RankLogits source = logits(rank);
  std::vector<float> row(static_cast<std::size_t>(plan_.experts));
  for (int token = 0; token < table.tokens; ++token) {
    source.of(token, row);
    const ExpertChoice choice = choose_experts(router_, plan_.topk, row, select_bias(), token);
    std::ranges::copy(choice.ids, table.ids(token).begin());
  }
  if (plan_.skew.kind == SkewKind::masked) mask_tokens(plan_, rank, table);
  fill_lattice_weights(plan_, rank, table);
  return table;
}

double CalibratedTables::load_error() const {
  return std::ranges::max(calibrations_, {}, &RouterCalibration::load_error).load_error;
}

bool fits_groups(const RouterSpec& router, int experts, const RoutingTable& table) {
  if (router.n_group == 1) return true;
  const int width = experts / router.n_group;
  std::vector<int> groups;
  for (int token = 0; token < table.tokens; ++token) {
    groups.clear();
    for (const std::int32_t id : table.ids(token)) {
      if (id < 0) continue;
      if (std::ranges::find(groups, id / width) == groups.end()) groups.push_back(id / width);
    }
    if (std::ssize(groups) > router.topk_group) return false;
  }
  return true;
}

}  // namespace moemark
