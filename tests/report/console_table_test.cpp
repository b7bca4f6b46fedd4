// Golden text of a table, and that no line is ever wider than 120 columns.
#include "report/console_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>

#include "report/text_width.hpp"

namespace moemark::report {
namespace {

std::string printed(const Table& table, bool colour = false) {
  std::ostringstream out;
  table.print(out, colour);
  return out.str();
}

std::size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, display_width(line));
  return widest;
}

TEST(Table, AlignsNamesLeftAndNumbersRight) {
  Table table("dispatch, 4 ranks on 1 node", {{"dispatcher", Align::left}, {"median"}, {"ratio"}});
  table.row({"alltoallv", "12.3 us", "1.02"});
  table.row({"µ-batched", "1.23 ms", "-"});
  table.note("time = slowest rank");
  EXPECT_EQ(printed(table),
            "dispatch, 4 ranks on 1 node\n"
            "dispatcher   median  ratio\n"
            "--------------------------\n"
            "alltoallv   12.3 us   1.02\n"
            "µ-batched   1.23 ms      -\n"
            "time = slowest rank\n");
}

TEST(Table, ColoursTheTitleOnlyWhenAsked) {
  const Table table("title", {{"x"}});
  EXPECT_EQ(printed(table, true), "\x1b[1mtitle\x1b[0m\nx\n-\n");
  EXPECT_EQ(printed(table), "title\nx\n-\n");
}

TEST(Table, ShortensTextButNeverNumbers) {
  Table table(std::string(200, 't'), {{"case", Align::left}, {"bytes"}});
  table.row({std::string(150, 'c'), "123456789"});
  const std::string text = printed(table);
  EXPECT_EQ(widest_line(text), 120U);
  EXPECT_THAT(text, ::testing::HasSubstr("ccc…  123456789\n"));
}

TEST(Table, NamesTheColumnsThatFoundNoRoom) {
  std::vector<Header> headers;
  std::vector<std::string> cells;
  for (int i = 0; i < 12; ++i) {
    headers.push_back({"column" + std::to_string(i)});
    cells.push_back("12345678901");
  }
  Table table("wide", headers);
  table.row(cells);
  const std::string text = printed(table);
  EXPECT_LE(widest_line(text), 120U);
  EXPECT_THAT(text, ::testing::EndsWith("(no room for: column9 column10 column11)\n"));
}

TEST(Table, RefusesARowOfTheWrongLength) {
  Table table("t", {{"a"}, {"b"}});
  EXPECT_THROW(table.row({"only one"}), std::logic_error);
}

TEST(Shortened, CountsCodePoints) {
  EXPECT_EQ(shortened("äöü", 3), "äöü");
  EXPECT_EQ(shortened("äöüß", 3), "äö…");
  EXPECT_EQ(shortened("abc", 1), "…");
  EXPECT_EQ(shortened("abc", 0), "");
}

}  // namespace
}  // namespace moemark::report
