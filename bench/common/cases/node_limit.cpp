// Groups of experts on nodes.
#include "bench/common/cases/node_limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <set>
#include <vector>

namespace moemark::bench {
namespace {

int nodes_of(const ExpertGroups& groups) {
  return groups.topology.nodes_among(0, groups.ep);
}

// How many nodes hold experts of each of the router's groups, for the tokens of one EP group.
std::vector<int> nodes_of_router_groups(const Case& c, const ExpertGroups& groups, int ep_group) {
  const int width = c.experts / c.preset.router.n_group;
  std::vector<std::set<int>> nodes(static_cast<std::size_t>(c.preset.router.n_group));
  for (int slot = 0; slot < c.slots.slots(); ++slot) {
    const int rank = groups.first_rank(ep_group) + groups.placement.rank_of(slot);
    nodes[static_cast<std::size_t>(c.slots.expert_of(slot) / width)].insert(
        groups.topology.node_of(rank));
  }
  std::vector<int> counts;
  counts.reserve(nodes.size());
  for (const auto& of_group : nodes) counts.push_back(static_cast<int>(of_group.size()));
  return counts;
}

}  // namespace

RouterSpec node_limited(RouterSpec router, int nodes, int limit) {
  if (limit >= nodes) {
    router.n_group = 1;
    router.topk_group = 1;
    router.group_score = GroupScore::none;
    return router;
  }
  router.n_group = nodes;
  router.topk_group = limit;
  if (router.group_score == GroupScore::none) router.group_score = GroupScore::max;
  return router;
}

std::optional<std::string> node_limit_obstacle(const Case& c, int limit, const JobShape& job) {
  const int nodes = nodes_of_group(c.ep, job);
  if (limit > nodes) {
    return fmt::format("the groups of {} ranks span {} node(s)", c.ep, nodes);
  }
  if (!job.in_blocks) return "the ranks of a node do not follow each other";
  if (c.ep % job.ranks_per_node != 0 && job.ranks_per_node % c.ep != 0) {
    return fmt::format("groups of {} ranks do not fill nodes of {}", c.ep, job.ranks_per_node);
  }
  const PlacementKind placement = c.placed.placement.kind;
  if (placement != PlacementKind::contiguous && placement != PlacementKind::eplb_hier) {
    return fmt::format(
        "placement {} spreads the experts of a node; allowed: contiguous, "
        "eplb-hier",
        c.placed.placement.text);
  }
  if (nodes == 1) return std::nullopt;
  const ExpertHomes homes = expert_homes(c);
  for (int expert = 0; expert < c.experts; ++expert) {
    const int node = homes.rank_of_expert(static_cast<std::size_t>(expert)) / job.ranks_per_node;
    if (c.experts % nodes != 0 || node != expert / (c.experts / nodes)) {
      return fmt::format("{} experts do not fill {} nodes of {} ranks evenly", c.experts, nodes,
                         job.ranks_per_node);
    }
  }
  const std::string impossible = c.preset.router.why_impossible(c.experts, c.topk);
  return impossible.empty() ? std::nullopt : std::optional(impossible);
}

int most_nodes_of_a_token(const Case& c, const ExpertGroups& groups) {
  const int cap = std::min(c.topk, nodes_of(groups));
  const auto allowed = static_cast<std::ptrdiff_t>(c.preset.router.topk_group);
  int most = 0;
  for (int ep_group = 0; ep_group < groups.groups(); ++ep_group) {
    std::vector<int> counts = nodes_of_router_groups(c, groups, ep_group);
    std::ranges::sort(counts, std::greater<>());
    most = std::max(most, std::accumulate(counts.begin(), counts.begin() + allowed, 0));
  }
  return std::min(most, cap);
}

bool has_more_nodes_than_groups(const Case& c, const ExpertGroups& groups) {
  return nodes_of(groups) > c.preset.router.n_group;
}

}  // namespace moemark::bench
