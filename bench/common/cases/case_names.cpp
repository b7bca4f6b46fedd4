// What cases are called.
#include "bench/common/cases/case_names.hpp"

#include <fmt/format.h>

#include <functional>
#include <set>

namespace moemark::bench {
namespace {

std::string routing_name(const Case& c) {
  const RouterSpec& router = c.preset.router;
  std::string name =
      fmt::format("{}/{}/{}/{}/{}/{}/{}/{}/{}", c.preset.name, moemark::name(router.score),
                  router.n_group, router.topk_group, c.tokens, c.experts, c.topk, c.skew.text,
                  depends_on_homes(c.skew) ? c.ep : 0);
  if (c.target_imbalance) {  // what the skew is solved to depends on all that moves load
    name +=
        fmt::format("/{}/{}/{}{}", *c.target_imbalance, c.ep, c.capacity.text, placement_name(c));
  }
  return name;
}

std::size_t count_distinct(const std::vector<Case>& cases,
                           const std::function<std::string(const Case&)>& name_of) {
  std::set<std::string> names;
  for (const Case& c : cases) {
    if (!c.skip) names.insert(name_of(c));
  }
  return names.size();
}

}  // namespace

std::string case_name(const Case& c, const Options& options, int nodes) {
  std::string name = fmt::format("preset:{}", c.preset.name);
  if (c.scale != 1) name += fmt::format("/scale:1/{}", c.scale);
  name += fmt::format("/T:{}/E:{}/k:{}", c.tokens, c.experts, c.topk);
  if (!options.hidden.empty()) name += fmt::format("/H:{}", c.hidden);
  if (!options.ffn.empty()) name += fmt::format("/F:{}", c.ffn);
  name += options.router.name(c.preset.router);
  if (c.node_limit) name += fmt::format("/node-limit:{}", *c.node_limit);
  if (c.dtype != DType::bf16) name += fmt::format("/dtype:{}", moemark::name(c.dtype));
  if (c.combine_dtype != DType::bf16) {
    name += fmt::format("/combine:{}", moemark::name(c.combine_dtype));
  }
  if (c.pass == Pass::backward) name += "/pass:backward";
  if (c.tokens_spread > 0.0) name += fmt::format("/spread:{}", c.tokens_spread);
  name += fmt::format("/skew:{}", c.skew.text);
  if (c.target_imbalance) name += fmt::format("/imbalance:{}", *c.target_imbalance);
  if (c.capacity.drops()) name += fmt::format("/capacity:{}", c.capacity.text);
  name += placement_name(c);
  if (options.threads > 1) name += fmt::format("/threads:{}", options.threads);
  if (options.delay) name += fmt::format("/delay:{}", options.delay->text);
  if (c.ep != c.ranks) name += fmt::format("/ep:{}", c.ep);
  return name + fmt::format("/nodes:{}", nodes);
}

std::size_t count_routings(const std::vector<Case>& cases) {
  return count_distinct(cases, routing_name);
}

std::size_t count_matrices(const std::vector<Case>& cases) {
  return count_distinct(cases, [](const Case& c) {
    return fmt::format("{}/{}/{}/{}/{}{}", routing_name(c), c.hidden, name(c.dtype), c.ep,
                       c.capacity.text, placement_name(c));
  });
}

}  // namespace moemark::bench
