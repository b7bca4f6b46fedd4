#include "bench/common/options/router_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/common/options/options.hpp"
#include "bench/common/options/values.hpp"
#include "model/errors.hpp"

namespace moemark::bench {
namespace {

constexpr int most_groups = 4096;

RouterSpec with_groups(RouterSpec router, const RouterOptions& options) {
  if (!options.groups && !options.topk_groups) return router;
  const int groups = options.groups.value_or(router.n_group);
  if (const int top = options.topk_groups.value_or(1); groups == 1 && top > 1) {
    throw UsageError(
        fmt::format("--topk-groups: '{}' needs --groups, where the model has none", top));
  }
  if (groups > 1 && router.n_group == 1 && !options.topk_groups) {
    throw UsageError(
        fmt::format("--groups: '{}' needs --topk-groups, where the model has no groups", groups));
  }
  router.topk_group = groups == 1 ? 1 : options.topk_groups.value_or(router.topk_group);
  router.n_group = groups;
  if (groups == 1) router.group_score = GroupScore::none;
  if (groups > 1 && router.group_score == GroupScore::none) router.group_score = GroupScore::max;
  return router;
}

std::optional<int> parse_node_limit(const std::string& text) {
  if (text == "none") return std::nullopt;
  return static_cast<int>(parse_integer("--node-limit", text, 1, most_groups));
}

}  // namespace

std::string RouterOptions::given() const {
  if (!scores.empty()) return "--score";
  if (groups) return "--groups";
  if (topk_groups) return "--topk-groups";
  return std::ranges::any_of(node_limits, &std::optional<int>::has_value) ? "--node-limit" : "";
}

std::vector<RouterSpec> RouterOptions::of(const RouterSpec& preset) const {
  const RouterSpec grouped = with_groups(preset, *this);
  if (scores.empty()) return {grouped};
  std::vector<RouterSpec> routers;
  for (const Score score : scores) {
    routers.push_back(grouped);
    routers.back().score = score;
  }
  return routers;
}

std::string RouterOptions::name(const RouterSpec& router) const {
  std::string text;
  if (!scores.empty()) text += fmt::format("/score:{}", moemark::name(router.score));
  if (groups || topk_groups) {
    text += fmt::format("/groups:{}/{}", router.n_group, router.topk_group);
  }
  return text;
}

void add_router_options(OptionGroup& group, const Program& program, RouterOptions& options) {
  group.option("--score", "LIST",
               "softmax, sigmoid, sqrt-softplus: of the router, instead of the preset's",
               [&options](const std::string& t) {
                 options.scores.clear();
                 for (const std::string& item : split_list("--score", t)) {
                   options.scores.push_back(static_cast<Score>(
                       parse_choice("--score", item, {"softmax", "sigmoid", "sqrt-softplus"})));
                 }
               });
  group.option("--groups", "G", "groups of experts, instead of the preset's (1: none)",
               [&options](const std::string& t) {
                 options.groups = static_cast<int>(parse_integer("--groups", t, 1, most_groups));
               });
  group.option("--topk-groups", "M", "of them, for a token; instead of the preset's",
               [&options](const std::string& t) {
                 options.topk_groups =
                     static_cast<int>(parse_integer("--topk-groups", t, 1, most_groups));
               });
  if (!program.dispatches) return;
  group.option("--node-limit", "LIST",
               "nodes of a token at most: the experts of each node form one group, of which the "
               "router takes so many, instead of the preset's groups (default none)",
               [&options](const std::string& t) {
                 options.node_limits.clear();
                 for (const std::string& item : split_list("--node-limit", t)) {
                   options.node_limits.push_back(parse_node_limit(item));
                 }
               });
}

}  // namespace moemark::bench
