// A traffic matrix written and read again, and what a file must not be.
#include "traffic/matrix_file.hpp"

#include <gtest/gtest.h>

#include "model/errors.hpp"

namespace moemark {
namespace {

std::string refusal(const std::string& text, int ranks) {
  try {
    parse_matrix("--matrix: 'file'", text, ranks);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(MatrixFile, WrittenIsALineASourceInBytes) {
  CountMatrix rows(2, 2);
  rows.at(0, 1) = 3;
  rows.at(1, 0) = 1LL << 40;
  EXPECT_EQ(matrix_text(rows, 16), "0 48\n17592186044416 0\n");
}

TEST(MatrixFile, ReadsBackWhatItWrote) {
  CountMatrix rows(3, 3);
  for (int i = 0; i < 9; ++i) rows.at(i / 3, i % 3) = 7LL * i;
  const CountMatrix read = parse_matrix("--matrix: 'file'", matrix_text(rows, 10), 3);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(read.at(i / 3, i % 3), 70 * i);
}

// As the example in nccl-tests, with blank lines, tabs, no last line break, and strtod's numbers.
TEST(MatrixFile, ReadsWhatNcclTestsReads) {
  const CountMatrix read = parse_matrix("", "\n  100  200\t1e3\n50 100.9 75\n\n300 150 0200", 3);
  EXPECT_EQ(read.at(0, 2), 1000);
  EXPECT_EQ(read.at(1, 1), 100);
  EXPECT_EQ(read.at(2, 2), 200);
}

TEST(MatrixFile, RefusesWhatDoesNotFit) {
  EXPECT_EQ(refusal("1 2\n3\n", 2),
            "--matrix: 'file': line 2 has 1 numbers; allowed: 2 lines of 2 numbers, as the job has "
            "2 ranks");
  EXPECT_NE(refusal("1 2\n3 4\n5 6\n", 2).find("it has 3 lines"), std::string::npos);
  EXPECT_NE(refusal("1 2 3\n4 5 6\n7 8 9\n", 2).find("line 1 has 3 numbers"), std::string::npos);
  EXPECT_NE(refusal("", 2).find("it has 0 lines"), std::string::npos);
  for (const char* bad : {"-1", "x", "1x", "nan", "inf", "1e17", "0x"}) {
    EXPECT_NE(refusal(std::string("1 2\n3 ") + bad, 2).find("line 2: '" + std::string(bad) + "'"),
              std::string::npos)
        << bad;
  }
}

}  // namespace
}  // namespace moemark
