// The columns of lower bounds.
#include "bench/common/rows/bounds.hpp"

#include "model/errors.hpp"

namespace moemark::bench {

std::optional<LinkRates> given_links(const Options& options, const Topology& topology) {
  if (!options.link_intra && !options.link_inter) return std::nullopt;
  const bool several_nodes = topology.nodes() > 1;
  const int ranks_per_node = topology.ranks_per_node();
  if (several_nodes && !options.link_inter) {
    throw UsageError(
        "--link-inter: missing; ranks are on several nodes, allowed: PORT[/NODE] GB/s");
  }
  if (ranks_per_node > 1 && !options.link_intra) {
    throw UsageError("--link-intra: missing; nodes have several ranks, allowed: PORT[/NODE] GB/s");
  }
  const LinkSpeed intra = options.link_intra.value_or(LinkSpeed{});
  const LinkSpeed inter = options.link_inter.value_or(LinkSpeed{});
  return LinkRates{intra.port, inter.port, intra.node.value_or(ranks_per_node * intra.port),
                   inter.node.value_or(ranks_per_node * inter.port)};
}

Bounds& Bounds::operator+=(const Bounds& other) {
  own += other.own;
  strict += other.strict;
  balanced += other.balanced;
  return *this;
}

Bounds bounds_of(const dispatcher::DispatcherEntry& entry, const Case& c,
                 const ExpertGroups& groups, const TrafficMatrices& traffic,
                 dispatcher::Direction direction, const LinkRates& links) {
  const std::size_t bytes = row_bytes(c, direction);
  return {entry.bound_us(traffic, groups, bytes, links),
          strict_bound_us(traffic, groups, bytes, links),
          balanced_bound_us(traffic, groups, bytes, links)};
}

void set_bounds(report::Record& record, const Bounds& bounds, const LinkRates& links) {
  const auto rate = [](double value) {
    return value > 0.0 ? std::optional<double>(value) : std::nullopt;
  };
  record.link_port_intra_GBps = rate(links.port_intra);
  record.link_port_inter_GBps = rate(links.port_inter);
  record.link_node_intra_GBps = rate(links.node_intra);
  record.link_node_inter_GBps = rate(links.node_inter);
  record.bound_us = bounds.own;
  record.bound_strict_us = bounds.strict;
  record.bound_balanced_us = bounds.balanced;
  if (bounds.balanced > 0.0) record.skew_factor = bounds.strict / bounds.balanced;
  if (bounds.strict > 0.0) record.algorithm_factor = bounds.own / bounds.strict;
}

void set_loss(report::Record& record) {
  if (!record.bound_us || *record.bound_us <= 0.0 || !record.median_us) return;
  if (*record.median_us <= 0.0) return;
  record.efficiency = *record.bound_us / *record.median_us;
  record.implementation_factor = *record.median_us / *record.bound_us;
  if (*record.efficiency > 1.0) record.noisy = true;
}

}  // namespace moemark::bench
