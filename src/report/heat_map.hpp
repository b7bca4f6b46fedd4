// A square of numbers, from row to column, for the terminal: numbers where they fit, else shades.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/console_table.hpp"

namespace moemark::report {

// Which end of the numbers is the bad one, shown dark.
enum class Dark : std::uint8_t { large, small };

// [size, size], row by row; empty cells show `-` (or a blank).
struct Square {
  int size = 0;
  std::vector<std::optional<double>> values;

  explicit Square(int square_size)
      : size(square_size),
        values(static_cast<std::size_t>(square_size) * static_cast<std::size_t>(square_size)) {}
  std::optional<double>& at(int row, int column) { return values[index(row, column)]; }
  [[nodiscard]] std::optional<double> at(int row, int column) const {
    return values[index(row, column)];
  }

 private:
  [[nodiscard]] std::size_t index(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(size) +
           static_cast<std::size_t>(column);
  }
};

// A table line per row, three digits a number. Where a line would be wider than 120 columns a
// number becomes one of ten shades between the smallest and the largest, which a note explains.
Table heat_map(const std::string& title, const Square& square, Dark dark);

}  // namespace moemark::report
