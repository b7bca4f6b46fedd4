// The denominators of the rooflines exist: something is divided by each of them.
#include "measure/calibration.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace moemark::measure {
namespace {

TEST(Calibration, EveryRateIsPositiveAndFinite) {
  device::Stream stream;
  const Calibration rates = calibrate(stream);
  for (const double rate : {rates.fma_gflops, rates.copy_GBps, rates.read_GBps}) {
    EXPECT_GT(rate, 0.0);
    EXPECT_TRUE(std::isfinite(rate));
  }
}

}  // namespace
}  // namespace moemark::measure
