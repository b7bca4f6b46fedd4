// The columns of lower bounds.
#include "bench/common/rows/bounds.hpp"

namespace moemark::bench {
namespace {

void set_loss(report::Record& record) {
  if (!record.bound_us || *record.bound_us <= 0.0 || !record.median_us) return;
  if (*record.median_us <= 0.0) return;
  record.efficiency = *record.bound_us / *record.median_us;
  record.implementation_factor = *record.median_us / *record.bound_us;
  if (*record.efficiency > 1.0) record.noisy = true;
}

}  // namespace

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

report::Record on_links(report::Record record, const BoundsOnLinks& bounds,
                        const LinkRates& links) {
  set_bounds(record, bounds(links), links);
  set_loss(record);
  return record;
}

}  // namespace moemark::bench
