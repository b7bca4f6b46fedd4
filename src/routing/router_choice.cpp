// Scores, groups, top-k and weights of one token, one after the other.
#include "routing/router_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "model/errors.hpp"
#include "routing/router_scores.hpp"

namespace moemark {
namespace {

void check(const RouterSpec& router, int topk, std::span<const float> logits,
           std::span<const float> bias, int token) {
  const std::string reason = router.why_impossible(static_cast<int>(logits.size()), topk);
  if (!reason.empty()) throw UsageError(fmt::format("router: {}", reason));
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!bias.empty() &&
      (!router.select_bias || bias.size() != logits.size() || !std::ranges::all_of(bias, finite))) {
    throw UsageError(fmt::format(
        "router: a bias of {} values for {} experts; allowed: finite, one an expert, for "
        "routers that select with one",
        bias.size(), logits.size()));
  }
  const auto bad = std::ranges::find_if_not(logits, finite);
  if (bad == logits.end()) return;
  throw WrongResult(
      fmt::format("router logit of token {}, expert {} is {}", token, bad - logits.begin(), *bad));
}

// The `count` largest values, descending, ties to the lower index.
std::vector<std::int32_t> largest(std::span<const float> values, int count) {
  std::vector<std::int32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::partial_sort(order, order.begin() + count, [&](std::int32_t a, std::int32_t b) {
    const float of_a = values[static_cast<std::size_t>(a)];
    const float of_b = values[static_cast<std::size_t>(b)];
    return of_a > of_b || (of_a == of_b && a < b);
  });
  order.resize(static_cast<std::size_t>(count));
  return order;
}

// A group of one expert has no second: its score is then its only value.
float group_score(GroupScore score, std::span<const float> group) {
  float first = -std::numeric_limits<float>::infinity();
  float second = first;
  for (const float value : group) {
    second = std::max(second, std::min(first, value));
    first = std::max(first, value);
  }
  return score == GroupScore::top2_sum && group.size() > 1 ? first + second : first;
}

void drop_losing_groups(const RouterSpec& router, std::span<float> c) {
  const std::size_t width = c.size() / static_cast<std::size_t>(router.n_group);
  std::vector<float> scores;
  for (std::size_t first = 0; first < c.size(); first += width) {
    scores.push_back(group_score(router.group_score, c.subspan(first, width)));
  }
  std::vector<bool> wins(scores.size(), false);
  for (const std::int32_t group : largest(scores, router.topk_group)) {
    wins[static_cast<std::size_t>(group)] = true;
  }
  for (std::size_t e = 0; e < c.size(); ++e) {
    if (!wins[e / width]) c[e] = -std::numeric_limits<float>::infinity();
  }
}

}  // namespace

ExpertChoice choose_experts(const RouterSpec& router, int topk, std::span<const float> logits,
                            std::span<const float> select_bias, int token) {
  check(router, topk, logits, select_bias, token);
  std::vector<float> scores(logits.size());
  router_scores(router.score, logits, scores);

  std::vector<float> c = scores;
  if (router.selects_by_logit()) c.assign(logits.begin(), logits.end());
  for (std::size_t e = 0; e < select_bias.size(); ++e) c[e] += select_bias[e];
  if (router.n_group > 1) drop_losing_groups(router, c);

  ExpertChoice choice{.ids = largest(c, topk), .weights = {}};
  float sum = 0.0F;
  for (const std::int32_t id : choice.ids) {
    choice.weights.push_back(scores[static_cast<std::size_t>(id)]);
    sum += choice.weights.back();
  }
  for (float& weight : choice.weights) {
    if (router.norm_topk_prob) weight /= sum + 1e-20F;
    weight *= router.scale;
  }
  return choice;
}

}  // namespace moemark
