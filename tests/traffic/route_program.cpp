// Simplex, and the routes of rows as flows.
#include "route_program.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

namespace moemark {
namespace {

constexpr double epsilon = 1e-9;

// max objective * y with y >= 0 and matrix * y <= limits, limits >= 0. Condensed tableau: a column
// stands for the variable that is 0 there, a row for the one that is not.
class Tableau {
 public:
  Tableau(int rows, int columns)
      : rows_(rows), columns_(columns), cells_(index(rows + 1, 0)), at_row_(), at_column_() {
    for (int c = 0; c < columns; ++c) at_column_.push_back(c);
    for (int r = 0; r < rows; ++r) at_row_.push_back(columns + r);
  }
  // Row `rows` is the objective, negated; column `columns` the limits.
  double& cell(int row, int column) { return cells_[index(row, column)]; }

  double maximum() {
    for (int column = entering(); column >= 0; column = entering()) {
      const int row = leaving(column);
      if (row < 0) throw std::runtime_error("linear program: no solution");
      pivot(row, column);
    }
    return cell(rows_, columns_);
  }

 private:
  [[nodiscard]] std::size_t index(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_ + 1) +
           static_cast<std::size_t>(column);
  }
  // Bland: of those that improve, the one with the lowest number, so that no basis comes back.
  int entering() {
    int best = -1;
    for (int c = 0; c < columns_; ++c) {
      if (cell(rows_, c) < -epsilon && (best < 0 || column_name(c) < column_name(best))) best = c;
    }
    return best;
  }
  int leaving(int column) {
    int best = -1;
    double least = 0.0;
    for (int r = 0; r < rows_; ++r) {
      if (cell(r, column) < epsilon) continue;
      const double ratio = cell(r, columns_) / cell(r, column);
      const bool tie = best >= 0 && std::abs(ratio - least) <= epsilon;
      if (best < 0 || (tie ? row_name(r) < row_name(best) : ratio < least)) {
        best = r;
        least = ratio;
      }
    }
    return best;
  }
  void pivot(int row, int column) {
    const double factor = 1.0 / cell(row, column);
    for (int c = 0; c <= columns_; ++c) {
      if (c != column) cell(row, c) *= factor;
    }
    for (int r = 0; r <= rows_; ++r) {
      const double part = cell(r, column);
      if (r == row || part == 0.0) continue;
      for (int c = 0; c <= columns_; ++c) {
        if (c != column) cell(r, c) -= part * cell(row, c);
      }
      cell(r, column) = -part * factor;
    }
    cell(row, column) = factor;
    std::swap(at_row_[static_cast<std::size_t>(row)], at_column_[static_cast<std::size_t>(column)]);
  }
  [[nodiscard]] int row_name(int row) const { return at_row_[static_cast<std::size_t>(row)]; }
  [[nodiscard]] int column_name(int column) const {
    return at_column_[static_cast<std::size_t>(column)];
  }

  int rows_, columns_;
  std::vector<double> cells_;
  std::vector<int> at_row_, at_column_;
};

// Variables of the program: rows on every arc from rank to rank.
class Arcs {
 public:
  Arcs(LinearProgram& program, int ranks) : ranks_(ranks) {
    for (int i = 0; i < ranks * ranks; ++i) {
      variables_.push_back(i / ranks == i % ranks ? -1 : program.variable(0.0));
    }
  }
  [[nodiscard]] int from_to(int from, int to) const {
    const int index = from * ranks_ + to;
    return variables_[static_cast<std::size_t>(index)];
  }

 private:
  int ranks_;
  std::vector<int> variables_;
};

// What flows into a rank and not out of it again is at least what it needs.
void add_flow(LinearProgram& program, const Arcs& flow, const Multicast& one, int destination,
              int ranks) {
  for (int r = 0; r < ranks; ++r) {
    if (r == one.source) continue;
    std::vector<std::pair<int, double>> balance;
    for (int peer = 0; peer < ranks; ++peer) {
      if (peer == r) continue;
      balance.emplace_back(flow.from_to(peer, r), 1.0);
      balance.emplace_back(flow.from_to(r, peer), -1.0);
    }
    program.at_least(r == destination ? static_cast<double>(one.rows) : 0.0, balance);
  }
}

// Each destination has a flow of its own below the rows that arcs carry: copies are free.
Arcs add_multicast(LinearProgram& program, const Multicast& one, int ranks) {
  Arcs carried(program, ranks);
  if (one.destinations.size() == 1) {
    add_flow(program, carried, one, one.destinations.front(), ranks);
    return carried;
  }
  for (const int destination : one.destinations) {
    const Arcs flow(program, ranks);
    add_flow(program, flow, one, destination, ranks);
    for (int from = 0; from < ranks; ++from) {
      for (int to = 0; to < ranks; ++to) {
        if (from == to) continue;
        program.at_least(0.0, {{carried.from_to(from, to), 1.0}, {flow.from_to(from, to), -1.0}});
      }
    }
  }
  return carried;
}

}  // namespace

int LinearProgram::variable(double cost) {
  costs_.push_back(cost);
  return static_cast<int>(costs_.size()) - 1;
}

void LinearProgram::at_least(double limit, const std::vector<std::pair<int, double>>& terms) {
  constraints_.push_back({limit, terms});
}

double LinearProgram::minimum() const {
  const int rows = static_cast<int>(costs_.size());
  const int columns = static_cast<int>(constraints_.size());
  Tableau dual(rows, columns);
  for (int r = 0; r < rows; ++r) dual.cell(r, columns) = costs_[static_cast<std::size_t>(r)];
  for (int c = 0; c < columns; ++c) {
    const Constraint& constraint = constraints_[static_cast<std::size_t>(c)];
    dual.cell(rows, c) = -constraint.limit;
    for (const auto& [variable, factor] : constraint.terms) dual.cell(variable, c) += factor;
  }
  return dual.maximum();
}

double least_time_us(const Topology& topology, const std::vector<Multicast>& exchange,
                     std::size_t row_bytes, const LinkRates& links) {
  const int ranks = topology.ranks();
  LinearProgram program;
  const int time = program.variable(1.0);
  std::vector<Arcs> carried;
  carried.reserve(exchange.size());
  for (const Multicast& one : exchange) carried.push_back(add_multicast(program, one, ranks));
  // time * rate >= rows on those arcs that `uses` picks.
  const auto limit = [&](double gigabytes_per_second, auto&& uses) {
    std::vector<std::pair<int, double>> terms{
        {time, gigabytes_per_second * 1e3 / static_cast<double>(row_bytes)}};
    for (const Arcs& arcs : carried) {
      for (int from = 0; from < ranks; ++from) {
        for (int to = 0; to < ranks; ++to) {
          if (from != to && uses(from, to)) terms.emplace_back(arcs.from_to(from, to), -1.0);
        }
      }
    }
    program.at_least(0.0, terms);
  };
  for (const auto& [link, port] : {std::pair{LinkClass::intra, links.port_intra},
                                   std::pair{LinkClass::inter, links.port_inter}}) {
    const auto is = [&topology, kind = link](int a, int b) { return topology.link(a, b) == kind; };
    for (int r = 0; r < ranks; ++r) {
      limit(port, [&](int from, int to) { return from == r && is(from, to); });
      limit(port, [&](int from, int to) { return to == r && is(from, to); });
    }
    const double node = link == LinkClass::intra ? links.node_intra : links.node_inter;
    for (int m = 0; m < topology.nodes(); ++m) {
      limit(node, [&](int from, int to) { return topology.node_of(from) == m && is(from, to); });
      limit(node, [&](int from, int to) { return topology.node_of(to) == m && is(from, to); });
    }
  }
  return program.minimum();
}

}  // namespace moemark
