// The text table of nccl-tests.
#include "report/nccl_tests_table.hpp"

#include <fmt/format.h>

namespace moemark::report {
namespace {

constexpr int time_width = 7;
constexpr int rate_width = 6;

int whole_digits(double value) {
  int digits = 0;
  for (double power = 1.0; value >= power; power *= 10.0) ++digits;
  return digits;
}

// As many decimals, at most two, as leave the number inside its width.
std::string number(double value, int width) {
  const int digits = whole_digits(value);
  if (digits < width - 2) return fmt::format("{:{}.2f}", value, width);
  if (digits < width - 1) return fmt::format("{:{}.1f}", value, width);
  if (digits < width + 1) return fmt::format("{:{}.0f}", value, width);
  return fmt::format("{:{}.{}e}", value, width, width >= time_width ? 1 : 0);
}

std::string half(const NcclTestsHalf& h) {
  // N/A stands one column to the left of the numbers there.
  const std::string wrong = h.wrong ? fmt::format("{:6g}", static_cast<double>(*h.wrong)) : "  N/A";
  return fmt::format("  {}  {}  {}  {}", number(h.time_us, time_width),
                     number(h.algbw_GBps, rate_width), number(h.busbw_GBps, rate_width), wrong);
}

}  // namespace

std::string nccl_tests_titles() {
  const auto line = [](std::string_view size, std::string_view count, std::string_view type,
                       std::string_view redop, std::string_view root) {
    return fmt::format("# {:>10}  {:>12}  {:>8}  {:>6}  {:>6}", size, count, type, redop, root);
  };
  const auto halves = [](std::string_view time, std::string_view algbw, std::string_view busbw,
                         std::string_view wrong) {
    const std::string one = fmt::format("  {:>7}  {:>6}  {:>6}  {:>6}", time, algbw, busbw, wrong);
    return one + one + " \n";
  };
  return "#\n" + line("", "", "", "", "") +
         "           out-of-place                       in-place          \n" +
         line("size", "count", "type", "redop", "root") +
         halves("time", "algbw", "busbw", "#wrong") + line("(B)", "(elements)", "", "", "") +
         halves("(us)", "(GB/s)", "(GB/s)", "");
}

std::string nccl_tests_line(const NcclTestsRow& row) {
  return fmt::format("{:12}  {:12}  {:>8}  {:>6}  {:6}{}{}\n", row.bytes, row.count, row.type,
                     row.redop, row.root, half(row.out_of_place), half(row.in_place));
}

std::string nccl_tests_footer(std::int64_t wrong, double mean_busbw_GBps, std::string_view name) {
  return fmt::format("# {:<20} : {} {}\n# {:<20} : {:g} \n#\n# Collective test concluded: {}\n#\n",
                     "Out of bounds values", wrong, wrong == 0 ? "OK" : "FAILED",
                     "Avg bus bandwidth", mean_busbw_GBps, name);
}

}  // namespace moemark::report
