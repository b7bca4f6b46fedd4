// How far a router's groups of experts keep a token's experts together on nodes: `--node-limit M`,
// which makes the groups so, and the groups of a model as they fall onto the nodes of a job.
#pragma once

#include <optional>
#include <string>

#include "bench/common/cases/cases.hpp"
#include "traffic/expert_groups.hpp"

namespace moemark::bench {

// The experts of each of `nodes` nodes form one group, and a token may use `limit` of them
// (DeepSeek-V3, arXiv:2412.19437, 2.1.2). Groups rank as the router's own do, by their largest
// score where it has none. A limit of all nodes is none: a router without groups.
RouterSpec node_limited(RouterSpec router, int nodes, int limit);

// Why a case cannot have the limit: more than there are nodes, or experts that do not stand in one
// block of equal size on each node.
std::optional<std::string> node_limit_obstacle(const Case& c, int limit, const JobShape& job);

// The most nodes that a token can reach with the experts of as many groups as the router allows,
// wherever the placement puts them; M * ceil(nodes / groups) where groups fill whole nodes or
// nodes whole groups. At most k, and the nodes of the EP group.
int most_nodes_of_a_token(const Case& c, const ExpertGroups& groups);

// Whether there are more nodes than groups: then the groups are no node limit, whatever the bound.
bool has_more_nodes_than_groups(const Case& c, const ExpertGroups& groups);

}  // namespace moemark::bench
