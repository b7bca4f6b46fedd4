// Shared by the two files of lower bounds: row counts by rank or node, and the times they take.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "traffic/topology.hpp"

namespace moemark::bounds {

using Rows = std::vector<std::int64_t>;  // [ranks] or [nodes]

inline Rows zeros(int size) {
  return Rows(static_cast<std::size_t>(size), 0);
}

inline std::int64_t& at(Rows& rows, int index) {
  return rows[static_cast<std::size_t>(index)];
}

inline std::int64_t at(const Rows& rows, int index) {
  return rows[static_cast<std::size_t>(index)];
}

inline Rows node_sums(const Rows& by_rank, const Topology& topology) {
  Rows sums = zeros(topology.nodes());
  for (int rank = 0; rank < topology.ranks(); ++rank) {
    at(sums, topology.node_of(rank)) += at(by_rank, rank);
  }
  return sums;
}

// Times of all links of one kind. The slowest bounds the routing; the mean is what would be left if
// all of them carried the same.
class LinkTimes {
 public:
  explicit LinkTimes(std::size_t row_bytes = 0) : row_bytes_(static_cast<double>(row_bytes)) {}

  void add(std::int64_t rows, double gigabytes_per_second) {
    ++links_;
    if (rows == 0) return;  // also on a link that does not exist
    if (!(gigabytes_per_second > 0.0)) {
      throw std::invalid_argument("LinkRates: rows must cross a link whose rate is not above 0");
    }
    const double us = static_cast<double>(rows) * row_bytes_ / (gigabytes_per_second * 1e3);
    sum_ += us;
    slowest_ = std::max(slowest_, us);
  }
  void add_all(const Rows& rows, double gigabytes_per_second) {
    for (const std::int64_t count : rows) add(count, gigabytes_per_second);
  }
  [[nodiscard]] double slowest() const { return slowest_; }
  // Rounding must not lift the mean of equal times above them.
  [[nodiscard]] double mean() const {
    return links_ == 0 ? 0.0 : std::min(slowest_, sum_ / links_);
  }

 private:
  double row_bytes_;
  int links_ = 0;
  double sum_ = 0.0;
  double slowest_ = 0.0;
};

}  // namespace moemark::bounds
