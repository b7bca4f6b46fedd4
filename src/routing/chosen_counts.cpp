#include "routing/chosen_counts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <limits>

#include "model/errors.hpp"
#include "routing/router_scores.hpp"

namespace moemark {
namespace {

constexpr float lost = -std::numeric_limits<float>::infinity();

float score_of_group(GroupScore score, std::span<const float> group) {
  float first = lost;
  float second = lost;
  for (const float value : group) {
    second = std::max(second, std::min(first, value));
    first = std::max(first, value);
  }
  return score == GroupScore::top2_sum && group.size() > 1 ? first + second : first;
}

}  // namespace

// Insertion into a short sorted list: nearly every value fails at its last place.
std::span<const std::size_t> Largest::of(std::span<const float> values, std::size_t count) {
  values_.assign(count, lost);
  indices_.assign(count, 0);
  float last = lost;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float value = values[i];
    if (!(value > last) && i >= count) continue;
    std::size_t place = std::min(i, count - 1);
    for (; place > 0 && values_[place - 1] < value; --place) {
      values_[place] = values_[place - 1];
      indices_[place] = indices_[place - 1];
    }
    values_[place] = value;
    indices_[place] = i;
    last = values_.back();
  }
  return indices_;
}

ChosenCounts::ChosenCounts(const RouterSpec& router, int topk, int experts)
    : router_(router),
      topk_(static_cast<std::size_t>(topk)),
      c_(static_cast<std::size_t>(experts)),
      group_scores_(static_cast<std::size_t>(router.n_group)),
      counts_(static_cast<std::size_t>(experts), 0) {
  const std::string reason = router.why_impossible(experts, topk);
  if (!reason.empty()) throw UsageError(fmt::format("router: {}", reason));
}

void ChosenCounts::keep_best_groups() {
  const std::size_t width = c_.size() / group_scores_.size();
  const auto group = [&](std::size_t g) { return std::span(c_).subspan(g * width, width); };
  for (std::size_t g = 0; g < group_scores_.size(); ++g) {
    group_scores_[g] = score_of_group(router_.group_score, group(g));
  }
  wins_.assign(group_scores_.size(), false);
  for (const std::size_t g :
       best_.of(group_scores_, static_cast<std::size_t>(router_.topk_group))) {
    wins_[g] = true;
  }
  for (std::size_t g = 0; g < wins_.size(); ++g) {
    if (!wins_[g]) std::ranges::fill(group(g), lost);
  }
}

void ChosenCounts::add(std::span<const float> logits, std::span<const float> select_bias) {
  if (router_.selects_by_logit()) {
    std::ranges::copy(logits, c_.begin());
  } else {
    router_scores(router_.score, logits, c_);
  }
  for (std::size_t e = 0; e < select_bias.size(); ++e) c_[e] += select_bias[e];
  if (router_.n_group > 1) keep_best_groups();
  for (const std::size_t e : best_.of(c_, topk_)) ++counts_[e];
}

void ChosenCounts::clear() {
  std::ranges::fill(counts_, 0);
}

}  // namespace moemark
