// The text table of nccl-tests (src/util.cu, 2.17 to 2.19), character for character, so that what
// parses that table reads ours: comment lines with `#`, and 13 fields a row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace moemark::report {

struct NcclTestsHalf {
  double time_us = 0.0;
  double algbw_GBps = 0.0;
  double busbw_GBps = 0.0;
  std::optional<std::int64_t> wrong = {};  // elements; nothing: not checked, printed as N/A
};

struct NcclTestsRow {
  std::size_t bytes = 0;  // of all blocks of a rank
  std::size_t count = 0;  // elements of the call
  std::string_view type = "float";
  std::string_view redop = "none";
  int root = -1;
  NcclTestsHalf out_of_place = {};
  NcclTestsHalf in_place = {};
};

// Three lines of column titles, from the `#` line on that stands before them.
std::string nccl_tests_titles();
std::string nccl_tests_line(const NcclTestsRow& row);
// Wrong elements of all rows, and the mean bus bandwidth over rows and both halves.
std::string nccl_tests_footer(std::int64_t wrong, double mean_busbw_GBps, std::string_view name);

}  // namespace moemark::report
