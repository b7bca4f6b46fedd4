// Routers other than the preset's own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/common/options/option_group.hpp"
#include "model/router_spec.hpp"

namespace moemark::bench {

struct Program;

// What is not given stays as the preset says.
struct RouterOptions {
  std::vector<Score> scores;  // a case each
  std::optional<int> groups;
  std::optional<int> topk_groups;
  std::vector<std::optional<int>> node_limits = {std::nullopt};  // a case each; none: as above

  // The first of its options that was given; empty without.
  [[nodiscard]] std::string given() const;

  // The preset's router with each of the scores, and with the groups; a router without groups of
  // its own ranks them by their largest score. Throws UsageError where only one of the two numbers
  // is known.
  [[nodiscard]] std::vector<RouterSpec> of(const RouterSpec& preset) const;

  // What of it was given, in a case name: `/score:sigmoid/groups:8/4`.
  [[nodiscard]] std::string name(const RouterSpec& router) const;
};

// --score, --groups, --topk-groups; --node-limit where there are nodes.
void add_router_options(OptionGroup& group, const Program& program, RouterOptions& options);

}  // namespace moemark::bench
