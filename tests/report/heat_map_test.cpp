// Heat maps: numbers while they fit, shades beyond, the bad end dark.
#include "report/heat_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace moemark::report {
namespace {

std::string printed(const Table& table) {
  std::ostringstream text;
  table.print(text);
  return text.str();
}

TEST(HeatMap, NumbersFromRowToColumn) {
  Square square(2);
  square.at(0, 1) = 1.25;
  square.at(1, 0) = 310.4;
  EXPECT_EQ(printed(heat_map("latency (us)", square, Dark::large)),
            "latency (us)\n"
            "from \\ to    0     1\n"
            "--------------------\n"
            "0            -  1.25\n"
            "1          310     -\n");
}

TEST(HeatMap, ShadesWhereNumbersDoNotFit) {
  Square square(40);
  for (int row = 0; row < 40; ++row) {
    for (int column = 0; column < 40; ++column) {
      if (row != column) square.at(row, column) = 10.0;
    }
  }
  square.at(3, 5) = 1.0;
  const auto line_of = [&](Dark dark) {
    std::istringstream lines(printed(heat_map("bandwidth", square, dark)));
    std::string line;
    for (int skipped = 0; skipped < 3 + 4; ++skipped) std::getline(lines, line);
    return line;
  };
  EXPECT_EQ(line_of(Dark::small), "   3  ... .@" + std::string(34, '.'));
  EXPECT_EQ(line_of(Dark::large), "   3  @@@ @." + std::string(34, '@'));
  const std::string text = printed(heat_map("bandwidth", square, Dark::small));
  EXPECT_NE(text.find("from 10.0 to 1.00"), std::string::npos) << text;
}

TEST(HeatMap, NoLineIsWiderThanTheTerminal) {
  for (const int size : {1, 12, 13, 18, 22, 64, 110}) {
    Square square(size);
    for (auto& value : square.values) value = size % 2 == 0 ? 123.4 : 1234567.0;
    std::istringstream lines(printed(heat_map("title", square, Dark::large)));
    int rows = 0;
    for (std::string line; std::getline(lines, line); ++rows) EXPECT_LE(line.size(), 120U);
    EXPECT_GE(rows, size + 3);
    const std::string text = printed(heat_map("title", square, Dark::large));
    EXPECT_EQ(text.find("no room"), std::string::npos) << size;
    EXPECT_EQ(text.find('\xe2'), std::string::npos) << size;  // nothing shortened
  }
}

}  // namespace
}  // namespace moemark::report
