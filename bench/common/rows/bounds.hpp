// The columns of lower bounds: what the links of the run could do at best.
#pragma once

#include <functional>

#include "bench/common/cases/cases.hpp"
#include "bench/common/rows/account.hpp"
#include "traffic/lower_bound.hpp"

namespace moemark::bench {

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

// Of one row.
using BoundsOnLinks = std::function<Bounds(const LinkRates&)>;

// A bound of 0 (nothing to move) leaves the factors empty.
void set_bounds(report::Record& record, const Bounds& bounds, const LinkRates& links);
// The same, and the loss of a row that is otherwise complete: efficiency and implementation_factor.
// A median below its bound says that the links are faster than that: noisy.
report::Record on_links(report::Record record, const BoundsOnLinks& bounds, const LinkRates& links);

}  // namespace moemark::bench
