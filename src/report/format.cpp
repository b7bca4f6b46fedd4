// Numbers as people read them on the terminal: three significant digits and a unit that fits.
#include "report/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>

namespace moemark::report {
namespace {

int decimals_for_three_digits(double value) {
  if (value == 0) return 0;
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
  return std::max(0, 2 - exponent);
}

// Starts at the smallest unit and goes up by 1000; judged after rounding, so that 999.6 us is
// 1.00 ms and not 1000 us.
std::string with_unit(double value, std::span<const std::string_view> units) {
  std::size_t unit = 0;
  while (unit + 1 < units.size() && std::abs(value) >= 999.5) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{} {}", format_number(value), units[unit]);
}

}  // namespace

std::string format_number(double value) {
  const std::string text = fmt::format("{:.{}f}", value, decimals_for_three_digits(value));
  // 9.996 rounds up to 10.00: one digit more than the three that were asked for.
  const double rounded = std::stod(text);
  return fmt::format("{:.{}f}", rounded, decimals_for_three_digits(rounded));
}

std::string format_time(double microseconds) {
  constexpr std::array<std::string_view, 4> units = {"ns", "us", "ms", "s"};
  return with_unit(microseconds * 1000, units);
}

std::string format_bytes(std::int64_t bytes) {
  constexpr std::array<std::string_view, 6> units = {"B", "kB", "MB", "GB", "TB", "PB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  return with_unit(static_cast<double>(bytes), units);
}

std::string format_rate(double gigabytes_per_second) {
  constexpr std::array<std::string_view, 4> units = {"kB/s", "MB/s", "GB/s", "TB/s"};
  return with_unit(gigabytes_per_second * 1e6, units);
}

std::string format_percent(double fraction) {
  return fmt::format("{:.0f} %", fraction * 100);
}

}  // namespace moemark::report
