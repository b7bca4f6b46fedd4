// Three significant digits, with the unit judged after rounding.
#include "report/format.hpp"

#include <gtest/gtest.h>

namespace moemark::report {
namespace {

TEST(Format, Time) {
  EXPECT_EQ(format_time(0), "0 ns");
  EXPECT_EQ(format_time(0.0123), "12.3 ns");
  EXPECT_EQ(format_time(0.85), "850 ns");
  EXPECT_EQ(format_time(1), "1.00 us");
  EXPECT_EQ(format_time(12.34), "12.3 us");
  EXPECT_EQ(format_time(999.4), "999 us");
  EXPECT_EQ(format_time(999.6), "1.00 ms");
  EXPECT_EQ(format_time(1234), "1.23 ms");
  EXPECT_EQ(format_time(4.5e6), "4.50 s");
  EXPECT_EQ(format_time(1.234e9), "1234 s");
}

TEST(Format, Number) {
  EXPECT_EQ(format_number(9.996), "10.0");
  EXPECT_EQ(format_number(99.96), "100");
  EXPECT_EQ(format_number(0.0123), "0.0123");
  EXPECT_EQ(format_number(-1.5), "-1.50");
}

TEST(Format, BytesAndRates) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(1000), "1.00 kB");
  EXPECT_EQ(format_bytes(45'678'000), "45.7 MB");
  EXPECT_EQ(format_rate(12.34), "12.3 GB/s");
  EXPECT_EQ(format_rate(0.0456), "45.6 MB/s");
  EXPECT_EQ(format_percent(0.304), "30 %");
}

TEST(Format, DashForWhatIsNotAvailable) {
  EXPECT_EQ(or_dash(std::optional<double>{}, format_time), "-");
  EXPECT_EQ(or_dash(std::optional<double>{2.0}, format_time), "2.00 us");
}

}  // namespace
}  // namespace moemark::report
