// Numbers as people read them on the terminal: three significant digits and a unit that fits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace moemark::report {

std::string format_time(double microseconds);          // 850 ns, 12.3 us, 1.23 ms, 4.50 s
std::string format_bytes(std::int64_t bytes);          // 512 B, 1.23 kB, 45.6 MB: powers of 1000
std::string format_rate(double gigabytes_per_second);  // 12.3 GB/s, 45.6 MB/s
std::string format_number(double value);               // three significant digits, no exponent
std::string format_percent(double fraction);           // 0.304 -> 30 %

// "-" for what is not available; otherwise what `format` makes of the value.
template <class T, class Format>
std::string or_dash(const std::optional<T>& value, Format format) {
  return value ? format(*value) : "-";
}

}  // namespace moemark::report
