// The quantile inverts the distribution function, to the precision of double.
#include "routing/normal_quantile.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

namespace moemark {
namespace {

TEST(NormalQuantile, KnownValues) {
  EXPECT_EQ(normal_quantile(0.5), 0.0);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 4e-15);
  EXPECT_NEAR(normal_quantile(0.25), -0.6744897501960817, 2e-15);
  EXPECT_NEAR(normal_quantile(0.001), -3.090232306167813, 8e-15);
  EXPECT_NEAR(normal_quantile(1e-10), -6.361340902404056, 2e-14);
}

TEST(NormalQuantile, InvertsTheDistributionFunction) {
  for (int i = 1; i < 4096; ++i) {
    const double p = i / 4096.0;
    const double back = 0.5 * std::erfc(-normal_quantile(p) / std::numbers::sqrt2);
    EXPECT_NEAR(back / p, 1.0, 1e-14) << p;
    EXPECT_EQ(normal_quantile(1.0 - p), -normal_quantile(p)) << p;
  }
}

TEST(NormalQuantile, RefusesWhatItIsNotMadeFor) {
  EXPECT_THROW(normal_quantile(0.0), std::domain_error);
  EXPECT_THROW(normal_quantile(1.0), std::domain_error);
  EXPECT_THROW(normal_quantile(std::nan("")), std::domain_error);
}

}  // namespace
}  // namespace moemark
