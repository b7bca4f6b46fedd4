// What one routing moves: assignments n, rank-unique tokens u, node-unique tokens v, and
// assignments per expert c, per source rank. Everything exact follows from these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "routing/routing_table.hpp"
#include "traffic/expert_groups.hpp"

namespace moemark {

// One source rank's row of every matrix, indices over the whole job.
struct TrafficRow {
  std::int64_t tokens = 0;
  std::vector<std::int64_t> n;  // [ranks]   (token, expert) pairs whose expert is on that rank
  std::vector<std::int64_t> u;  // [ranks]   tokens needing at least one expert on that rank
  std::vector<std::int64_t> v;  // [nodes]   tokens needing at least one expert on that node
  std::vector<std::int64_t> c;  // [experts] pairs per expert of the own group
  // Distinct tokens needed on any rank (node) but the source's own: what must leave at least once.
  std::int64_t to_other_ranks = 0;
  std::int64_t to_other_nodes = 0;
  std::int64_t nodes_per_token_max = 0;
  int topk = 0;  // width of the table, masked entries included
};

// `table` holds physical expert ids of the source's own group; -1 entries count nowhere. Throws
// WrongResult naming rank and token on any other id.
TrafficRow traffic_row(const RoutingTable& table, const ExpertGroups& groups, int source);

// Dense row-major matrix [rows, columns].
class CountMatrix {
 public:
  CountMatrix() = default;
  CountMatrix(int rows, int columns)
      : columns_(columns),
        values_(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns)) {}
  std::int64_t& at(int row, int column) { return values_[index(row, column)]; }
  [[nodiscard]] std::int64_t at(int row, int column) const { return values_[index(row, column)]; }
  [[nodiscard]] int columns() const { return columns_; }
  [[nodiscard]] int rows() const {
    return columns_ == 0 ? 0 : static_cast<int>(values_.size()) / columns_;
  }
  [[nodiscard]] std::span<std::int64_t> row(int r) {
    return std::span(values_).subspan(index(r, 0), static_cast<std::size_t>(columns_));
  }
  [[nodiscard]] std::span<const std::int64_t> row(int r) const {
    return std::span(values_).subspan(index(r, 0), static_cast<std::size_t>(columns_));
  }
  // All entries, row by row.
  [[nodiscard]] std::span<const std::int64_t> values() const { return values_; }

 private:
  [[nodiscard]] std::size_t index(int r, int c) const {
    return static_cast<std::size_t>(r) * static_cast<std::size_t>(columns_) +
           static_cast<std::size_t>(c);
  }
  int columns_ = 0;
  std::vector<std::int64_t> values_;
};

// All rows together: on rank 0 of a job, and in --plan-only.
struct TrafficMatrices {
  explicit TrafficMatrices(const ExpertGroups& groups);
  void set_row(int source, const TrafficRow& row);
  [[nodiscard]] std::int64_t tokens_max() const;       // T of the padded forms
  [[nodiscard]] std::int64_t expert_cell_max() const;  // C = max over (source, expert) of c
  [[nodiscard]] std::int64_t assignments() const;      // sum of n

  std::vector<std::int64_t> tokens;                          // [ranks]
  CountMatrix n, u;                                          // [ranks, ranks]
  CountMatrix v;                                             // [ranks, nodes]
  CountMatrix c;                                             // [ranks, experts]
  std::vector<std::int64_t> to_other_ranks, to_other_nodes;  // [ranks], as in TrafficRow
  int topk = 0;
  std::int64_t nodes_per_token_max = 0;
};

}  // namespace moemark
