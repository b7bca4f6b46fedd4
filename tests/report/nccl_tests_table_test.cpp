// Golden lines of nccl-tests' table.
#include "report/nccl_tests_table.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace moemark::report {
namespace {

TEST(NcclTestsTable, TitlesAreThoseOfNcclTests) {
  EXPECT_EQ(nccl_tests_titles(),
            "#\n"
            "#                                                              out-of-place     "
            "                  in-place          \n"
            "#       size         count      type   redop    root     time   algbw   busbw  #"
            "wrong     time   algbw   busbw  #wrong \n"
            "#        (B)    (elements)                               (us)  (GB/s)  (GB/s)   "
            "          (us)  (GB/s)  (GB/s)         \n");
}

TEST(NcclTestsTable, ALineHasThirteenFieldsInItsColumns) {
  const NcclTestsRow row{.bytes = 1048576,
                         .count = 262144,
                         .redop = "sum",
                         .out_of_place = {57.814, 18.137, 31.74, 0},
                         .in_place = {12345.67, 0.085, 0.128, std::nullopt}};
  const std::string line = nccl_tests_line(row);
  EXPECT_EQ(
      line,
      "     1048576        262144     float     sum      -1    57.81   18.14   31.74       0  "
      "12345.7    0.09    0.13    N/A\n");
  std::istringstream words(line);
  std::vector<std::string> fields;
  for (std::string word; words >> word;) fields.push_back(word);
  EXPECT_EQ(fields.size(), 13U);
}

TEST(NcclTestsTable, NumbersStayInsideTheirWidth) {
  const auto time = [](double us) {
    const std::string line = nccl_tests_line({.out_of_place = {us, 1.0, 1.0, 0}});
    return line.substr(52, 9);
  };
  EXPECT_EQ(time(0.0), "     0.00");
  EXPECT_EQ(time(9999.99), "  9999.99");
  EXPECT_EQ(time(99999.94), "  99999.9");
  EXPECT_EQ(time(1234567.8), "  1234568");
  EXPECT_EQ(time(123456789.0), "  1.2e+08");
}

TEST(NcclTestsTable, TheFooterIsWhatParsersLookFor) {
  EXPECT_EQ(nccl_tests_footer(0, 1.25, "all_reduce"),
            "# Out of bounds values : 0 OK\n"
            "# Avg bus bandwidth    : 1.25 \n"
            "#\n"
            "# Collective test concluded: all_reduce\n"
            "#\n");
  EXPECT_NE(nccl_tests_footer(3, 0.0, "x").find("3 FAILED"), std::string::npos);
}

}  // namespace
}  // namespace moemark::report
