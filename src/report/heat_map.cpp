// A square of numbers for the terminal.
#include "report/heat_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "report/format.hpp"

namespace moemark::report {
namespace {

constexpr std::string_view shades = ".,:;-=+*#@";  // from good to bad
constexpr std::size_t line_width = 120;
constexpr std::size_t row_name_width = 9;
constexpr std::size_t gap = 2;

struct Range {
  double least = 0.0;
  double most = 0.0;
};

Range range_of(const Square& square) {
  constexpr double beyond = std::numeric_limits<double>::infinity();
  Range range{beyond, -beyond};
  for (const auto& value : square.values) {
    if (!value) continue;
    range.least = std::min(range.least, *value);
    range.most = std::max(range.most, *value);
  }
  return range;
}

char shade(double value, const Range& range, Dark dark) {
  const double width = range.most - range.least;
  double badness = width > 0.0 ? (value - range.least) / width : 0.0;
  if (dark == Dark::small) badness = width > 0.0 ? 1.0 - badness : 0.0;
  const auto last = static_cast<double>(shades.size() - 1);
  return shades[static_cast<std::size_t>(std::lround(badness * last))];
}

Table numbers(const std::string& title, const Square& square) {
  std::vector<Header> headers = {{"from \\ to", Align::left}};
  for (int column = 0; column < square.size; ++column) {
    headers.push_back({fmt::format("{}", column)});
  }
  Table table(title, headers);
  for (int row = 0; row < square.size; ++row) {
    std::vector<std::string> cells = {fmt::format("{}", row)};
    for (int column = 0; column < square.size; ++column) {
      cells.push_back(or_dash(square.at(row, column), format_number));
    }
    table.row(std::move(cells));
  }
  return table;
}

Table shaded(const std::string& title, const Square& square, Dark dark) {
  const Range range = range_of(square);
  Table table(title, {{"from", Align::right}, {"to 0, 1, ...", Align::left}});
  for (int row = 0; row < square.size; ++row) {
    std::string line;
    for (int column = 0; column < square.size; ++column) {
      const auto value = square.at(row, column);
      line += value ? shade(*value, range, dark) : ' ';
    }
    table.row({fmt::format("{}", row), line});
  }
  if (range.least <= range.most) {
    const double good = dark == Dark::large ? range.least : range.most;
    const double bad = dark == Dark::large ? range.most : range.least;
    table.note(fmt::format("shades '{}' from {} to {}, evenly", shades, format_number(good),
                           format_number(bad)));
  }
  return table;
}

}  // namespace

Table heat_map(const std::string& title, const Square& square, Dark dark) {
  std::size_t widest = 1;
  for (const auto& value : square.values) {
    widest = std::max(widest, or_dash(value, format_number).size());
  }
  const std::size_t columns = static_cast<std::size_t>(square.size) * (widest + gap);
  return row_name_width + columns <= line_width ? numbers(title, square)
                                                : shaded(title, square, dark);
}

}  // namespace moemark::report
