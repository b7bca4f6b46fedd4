// The least time of a tiny exchange by linear programming over all routes: what any algorithm with
// relays and copies on the way could reach if rows could be cut into fractions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "traffic/lower_bound.hpp"

namespace moemark {

// min cost * x with x >= 0 and rows of sum(factor * x) >= limit; costs must not be negative. Solved
// through the dual, whose origin is feasible, by the simplex method with Bland's rule.
class LinearProgram {
 public:
  int variable(double cost);
  void at_least(double limit, const std::vector<std::pair<int, double>>& terms);
  // Throws std::runtime_error when nothing satisfies the constraints.
  [[nodiscard]] double minimum() const;

 private:
  struct Constraint {
    double limit;
    std::vector<std::pair<int, double>> terms;  // (variable, factor)
  };
  std::vector<double> costs_;
  std::vector<Constraint> constraints_;
};

// `rows` equal rows from one rank to each of some others; copies may be made anywhere.
struct Multicast {
  int source = 0;
  std::vector<int> destinations;
  std::int64_t rows = 0;
};

// In microseconds, over all ranks of `topology` as one EP group. The links are those of
// lower_bound.hpp: ports and nodes, in and out apart, intra rows of a node counted once.
double least_time_us(const Topology& topology, const std::vector<Multicast>& exchange,
                     std::size_t row_bytes, const LinkRates& links);

}  // namespace moemark
