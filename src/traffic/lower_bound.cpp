// Bounds of strategies with fixed routes: what each port and node carries, and the slowest of them.
#include "traffic/lower_bound.hpp"

#include "traffic/link_times.hpp"

namespace moemark {
namespace {

using bounds::at;
using bounds::LinkTimes;
using bounds::node_sums;
using bounds::Rows;
using bounds::zeros;

// Rows through each rank's ports [ranks], of a strategy whose routes are fixed.
struct PortLoads {
  explicit PortLoads(int ranks)
      : intra_out(zeros(ranks)),
        intra_in(zeros(ranks)),
        inter_out(zeros(ranks)),
        inter_in(zeros(ranks)) {}
  void hop(const Topology& topology, int from, int to, std::int64_t rows) {
    const LinkClass link = topology.link(from, to);
    if (link == LinkClass::self) return;
    at(link == LinkClass::intra ? intra_out : inter_out, from) += rows;
    at(link == LinkClass::intra ? intra_in : inter_in, to) += rows;
  }

  Rows intra_out, intra_in, inter_out, inter_in;
};

double slowest_us(const PortLoads& loads, const Topology& topology, std::size_t row_bytes,
                  const LinkRates& links) {
  LinkTimes times(row_bytes);
  times.add_all(loads.intra_out, links.port_intra);
  times.add_all(loads.intra_in, links.port_intra);
  times.add_all(loads.inter_out, links.port_inter);
  times.add_all(loads.inter_in, links.port_inter);
  // A row inside a node leaves one of its ranks and enters another: counted once.
  times.add_all(node_sums(loads.intra_out, topology), links.node_intra);
  times.add_all(node_sums(loads.inter_out, topology), links.node_inter);
  times.add_all(node_sums(loads.inter_in, topology), links.node_inter);
  return times.slowest();
}

// The ranks of one EP group by node and place in it, in ranks of the job.
class Rails {
 public:
  Rails(const ExpertGroups& groups, int group)
      : first_(groups.first_rank(group)),
        slice_(groups.topology.slice(first_, groups.ep)),
        width_(slice_.ranks_per_node()),
        ranks_(static_cast<std::size_t>(slice_.nodes()) * static_cast<std::size_t>(width_)) {
    for (int r = 0; r < groups.ep; ++r) {
      ranks_[index(slice_.node_of(r), slice_.local_rank(r))] = first_ + r;
    }
  }
  [[nodiscard]] bool even() const { return slice_.nodes() * width_ == slice_.ranks(); }
  [[nodiscard]] int nodes() const { return slice_.nodes(); }
  // The rank on the group's `node` (0..nodes()-1) with the place that `rank` has on its own.
  [[nodiscard]] int peer(int rank, int node) const {
    return ranks_[index(node, slice_.local_rank(rank - first_))];
  }
  [[nodiscard]] int node_of(int rank) const { return slice_.node_of(rank - first_); }

 private:
  [[nodiscard]] std::size_t index(int node, int place) const {
    return static_cast<std::size_t>(node) * static_cast<std::size_t>(width_) +
           static_cast<std::size_t>(place);
  }
  int first_;
  Topology slice_;
  int width_;
  std::vector<int> ranks_;
};

void add_hierarchical(PortLoads& loads, const TrafficMatrices& traffic, const ExpertGroups& groups,
                      int source, const Rails& rails) {
  const Topology& topology = groups.topology;
  for (int node = 0; node < rails.nodes(); ++node) {
    const int landing = rails.peer(source, node);
    loads.hop(topology, source, landing, traffic.v.at(source, topology.node_of(landing)));
  }
  const int first = groups.first_rank(groups.group_of(source));
  for (int d = first; d < first + groups.ep; ++d) {
    loads.hop(topology, rails.peer(source, rails.node_of(d)), d, traffic.u.at(source, d));
  }
}

}  // namespace

double direct_bound_us(const CountMatrix& rows, const ExpertGroups& groups, std::size_t row_bytes,
                       const LinkRates& links) {
  PortLoads loads(groups.ranks);
  for (int s = 0; s < groups.ranks; ++s) {
    for (int d = 0; d < groups.ranks; ++d) loads.hop(groups.topology, s, d, rows.at(s, d));
  }
  return slowest_us(loads, groups.topology, row_bytes, links);
}

std::optional<double> hierarchical_bound_us(const TrafficMatrices& traffic,
                                            const ExpertGroups& groups, std::size_t row_bytes,
                                            const LinkRates& links) {
  PortLoads loads(groups.ranks);
  for (int group = 0; group < groups.groups(); ++group) {
    const Rails rails(groups, group);
    if (!rails.even()) return std::nullopt;
    const int first = groups.first_rank(group);
    for (int s = first; s < first + groups.ep; ++s) {
      add_hierarchical(loads, traffic, groups, s, rails);
    }
  }
  return slowest_us(loads, groups.topology, row_bytes, links);
}

}  // namespace moemark
