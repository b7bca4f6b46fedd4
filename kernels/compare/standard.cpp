// The standard library's sorts.
#include "kernels/compare/standard.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace moemark::kernels {
namespace {

float score_of(Score score, float logit) {
  if (score == Score::sigmoid) return 1.0F / (1.0F + std::exp(-logit));
  return std::sqrt(std::max(logit, 0.0F) + std::log1p(std::exp(-std::abs(logit))));
}

void scores_of(Score score, std::span<const float> logits, std::span<float> scores) {
  if (score != Score::softmax) {
    std::ranges::transform(logits, scores.begin(), [score](float z) { return score_of(score, z); });
    return;
  }
  const float largest = *std::ranges::max_element(logits);
  float sum = 0.0F;
  for (std::size_t e = 0; e < logits.size(); ++e) {
    scores[e] = std::exp(logits[e] - largest);
    sum += scores[e];
  }
  for (float& s : scores) s /= sum;
}

// The first `count` of `order` become the indices of the largest values, descending, ties to the
// lower index.
void partial_sort(std::span<const float> values, int count, std::vector<std::int32_t>& order) {
  std::iota(order.begin(), order.end(), 0);
  std::ranges::partial_sort(order, order.begin() + count, [values](std::int32_t a, std::int32_t b) {
    const float x = values[static_cast<std::size_t>(a)];
    const float y = values[static_cast<std::size_t>(b)];
    return x != y ? x > y : a < b;
  });
}

}  // namespace

void StableSortPlan::run(std::span<const std::int32_t> keys, PlanBuffers plan) {
  const auto key_of = [keys](std::int32_t i) { return keys[static_cast<std::size_t>(i)]; };
  std::iota(order_.begin(), order_.end(), 0);
  std::stable_sort(order_.begin(), order_.end(),
                   [key_of](std::int32_t a, std::int32_t b) { return key_of(a) < key_of(b); });
  const auto first = std::ranges::lower_bound(order_, 0, std::less<>(), key_of);  // behind the -1
  std::ranges::fill(plan.counts, 0);
  std::ranges::fill(plan.assign_to_pos, -1);
  for (auto place = first; place != order_.end(); ++place) {
    ++plan.counts[static_cast<std::size_t>(key_of(*place))];
    plan.assign_to_pos[static_cast<std::size_t>(*place)] = static_cast<std::int32_t>(place - first);
  }
  plan.offsets[0] = 0;
  std::partial_sum(plan.counts.begin(), plan.counts.end(), plan.offsets.begin() + 1);
}

PartialSortTopk::PartialSortTopk(const TopkRule& rule, int experts)
    : rule_(rule),
      experts_(static_cast<std::size_t>(experts)),
      scores_(experts_),
      choice_(experts_),
      group_scores_(static_cast<std::size_t>(rule.router.n_group)),
      order_(experts_),
      groups_(group_scores_.size()) {}

void PartialSortTopk::keep_best_groups() {
  const std::size_t width = experts_ / group_scores_.size();
  for (std::size_t g = 0; g < group_scores_.size(); ++g) {
    const std::span group = std::span(choice_).subspan(g * width, width);
    float largest = group[0];
    float second = -std::numeric_limits<float>::infinity();
    for (const float c : group.subspan(1)) {
      second = std::max(second, std::min(largest, c));
      largest = std::max(largest, c);
    }
    const bool both = rule_.router.group_score == GroupScore::top2_sum && width > 1;
    group_scores_[g] = both ? largest + second : largest;
  }
  partial_sort(group_scores_, rule_.router.topk_group, groups_);
  for (auto loser = groups_.begin() + rule_.router.topk_group; loser != groups_.end(); ++loser) {
    std::ranges::fill(std::span(choice_).subspan(static_cast<std::size_t>(*loser) * width, width),
                      -std::numeric_limits<float>::infinity());
  }
}

void PartialSortTopk::run(std::span<const float> logits, std::span<const float> select_bias,
                          std::span<std::int32_t> ids, std::span<float> weights) {
  const auto topk = static_cast<std::size_t>(rule_.topk);
  for (std::size_t token = 0; token * experts_ < logits.size(); ++token) {
    const auto row = logits.subspan(token * experts_, experts_);
    scores_of(rule_.router.score, row, scores_);
    if (rule_.router.selects_by_logit()) {
      partial_sort(row, rule_.topk, order_);
    } else {
      choice_ = scores_;
      for (std::size_t e = 0; e < select_bias.size(); ++e) choice_[e] += select_bias[e];
      if (rule_.router.n_group > 1) keep_best_groups();
      partial_sort(choice_, rule_.topk, order_);
    }
    const auto chosen = std::span(order_).first(topk);
    const auto out = weights.subspan(token * topk, topk);
    std::ranges::copy(chosen, ids.subspan(token * topk, topk).begin());
    std::ranges::transform(chosen, out.begin(),
                           [this](std::int32_t e) { return scores_[static_cast<std::size_t>(e)]; });
    const float sum =
        rule_.router.norm_topk_prob ? std::accumulate(out.begin(), out.end(), 1e-20F) : 1.0F;
    for (float& w : out) w = w / sum * rule_.router.scale;
  }
}

}  // namespace moemark::kernels
