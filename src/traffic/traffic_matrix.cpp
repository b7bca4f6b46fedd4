// Counts what each source rank sends where.
#include "traffic/traffic_matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "model/errors.hpp"

namespace moemark {
namespace {

// Marks places reached by the current token; a new token needs no clearing.
class Reached {
 public:
  explicit Reached(int places) : token_(static_cast<std::size_t>(places), -1) {}
  // True the first time that `token` reaches `place`.
  bool first_time(int place, int token) {
    int& last = token_[static_cast<std::size_t>(place)];
    if (last == token) return false;
    last = token;
    return true;
  }

 private:
  std::vector<int> token_;
};

std::vector<std::int64_t> zeros(int size) {
  return std::vector<std::int64_t>(static_cast<std::size_t>(size), 0);
}

}  // namespace

TrafficRow traffic_row(const RoutingTable& table, const ExpertGroups& groups, int source) {
  const int experts = groups.placement.experts();
  TrafficRow row;
  row.tokens = table.tokens;
  row.topk = table.topk;
  row.n = row.u = zeros(groups.ranks);
  row.v = zeros(groups.topology.nodes());
  row.c = zeros(experts);
  Reached ranks(groups.ranks);
  Reached nodes(groups.topology.nodes());
  for (int token = 0; token < table.tokens; ++token) {
    std::int64_t token_nodes = 0;
    bool leaves_rank = false;
    bool leaves_node = false;
    for (const std::int32_t expert : table.ids(token)) {
      if (expert == -1) continue;
      if (expert < 0 || expert >= experts) {
        throw WrongResult(fmt::format("rank {} token {}: expert id {} is outside 0..{}", source,
                                      token, expert, experts - 1));
      }
      const int owner = groups.owner(source, expert);
      const int node = groups.topology.node_of(owner);
      row.c[static_cast<std::size_t>(expert)] += 1;
      row.n[static_cast<std::size_t>(owner)] += 1;
      if (!ranks.first_time(owner, token)) continue;
      row.u[static_cast<std::size_t>(owner)] += 1;
      leaves_rank |= owner != source;
      if (!nodes.first_time(node, token)) continue;
      row.v[static_cast<std::size_t>(node)] += 1;
      leaves_node |= node != groups.topology.node_of(source);
      token_nodes += 1;
    }
    row.to_other_ranks += leaves_rank ? 1 : 0;
    row.to_other_nodes += leaves_node ? 1 : 0;
    row.nodes_per_token_max = std::max(row.nodes_per_token_max, token_nodes);
  }
  return row;
}

TrafficMatrices::TrafficMatrices(const ExpertGroups& groups)
    : tokens(zeros(groups.ranks)),
      n(groups.ranks, groups.ranks),
      u(groups.ranks, groups.ranks),
      v(groups.ranks, groups.topology.nodes()),
      c(groups.ranks, groups.placement.experts()),
      to_other_ranks(zeros(groups.ranks)),
      to_other_nodes(zeros(groups.ranks)) {}

void TrafficMatrices::set_row(int source, const TrafficRow& row) {
  tokens.at(static_cast<std::size_t>(source)) = row.tokens;
  std::ranges::copy(row.n, n.row(source).begin());
  std::ranges::copy(row.u, u.row(source).begin());
  std::ranges::copy(row.v, v.row(source).begin());
  std::ranges::copy(row.c, c.row(source).begin());
  to_other_ranks.at(static_cast<std::size_t>(source)) = row.to_other_ranks;
  to_other_nodes.at(static_cast<std::size_t>(source)) = row.to_other_nodes;
  nodes_per_token_max = std::max(nodes_per_token_max, row.nodes_per_token_max);
  topk = std::max(topk, row.topk);
}

std::int64_t TrafficMatrices::tokens_max() const {
  return tokens.empty() ? 0 : *std::ranges::max_element(tokens);
}

std::int64_t TrafficMatrices::expert_cell_max() const {
  const auto cells = c.values();
  return cells.empty() ? 0 : *std::ranges::max_element(cells);
}

std::int64_t TrafficMatrices::assignments() const {
  const auto pairs = n.values();
  return std::accumulate(pairs.begin(), pairs.end(), std::int64_t{0});
}

}  // namespace moemark
