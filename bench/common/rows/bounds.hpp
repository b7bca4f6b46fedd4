// The columns of lower bounds: what the links given on the command line could do at best.
#pragma once

#include <optional>

#include "bench/common/cases/cases.hpp"
#include "bench/common/rows/account.hpp"
#include "traffic/lower_bound.hpp"

namespace moemark::bench {

// Of --link-intra and --link-inter; nothing where neither is given. Throws UsageError when the
// nodes of `topology` need the one that is missing.
std::optional<LinkRates> given_links(const Options& options, const Topology& topology);

// The bounds of one direction, in microseconds; those of a round trip are the sums.
struct Bounds {
  double own = 0.0;       // of the strategy
  double strict = 0.0;    // of any algorithm
  double balanced = 0.0;  // strict, of the mean load

  Bounds& operator+=(const Bounds& other);
};
Bounds bounds_of(const dispatcher::DispatcherEntry& entry, const Case& c,
                 const ExpertGroups& groups, const TrafficMatrices& traffic,
                 dispatcher::Direction direction, const LinkRates& links);

// A bound of 0 (nothing to move) leaves the factors empty.
void set_bounds(report::Record& record, const Bounds& bounds, const LinkRates& links);
// efficiency and implementation_factor of a row that has its median; a median below its bound says
// that the links are faster than given: noisy.
void set_loss(report::Record& record);

}  // namespace moemark::bench
