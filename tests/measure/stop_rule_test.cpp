// Every reason to stop, and every condition that alone must not stop.
#include "measure/stop_rule.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace moemark::measure {
namespace {

TEST(StopRule, ConvergesOnlyWhenNumberTimeAndWidthAreAllReached) {
  const StopRule rule(StopSettings{});
  EXPECT_EQ(rule.decide({.rounds = 128, .seconds = 0.2, .relative_half_width = 0.02}),
            StopReason::converged);
  EXPECT_FALSE(rule.decide({.rounds = 127, .seconds = 0.2, .relative_half_width = 0.02}));
  EXPECT_FALSE(rule.decide({.rounds = 128, .seconds = 0.19, .relative_half_width = 0.02}));
  EXPECT_FALSE(rule.decide({.rounds = 128, .seconds = 0.2, .relative_half_width = 0.021}));
  EXPECT_FALSE(rule.decide({.rounds = 128, .seconds = 0.2}));
}

TEST(StopRule, GivesUpAtTheCapAndAtTheBudget) {
  const StopRule rule(StopSettings{.max_samples = 500, .budget_seconds = 3});
  EXPECT_EQ(rule.decide({.rounds = 500, .seconds = 1, .relative_half_width = 0.5}),
            StopReason::max_samples);
  EXPECT_EQ(rule.decide({.rounds = 2, .seconds = 3}), StopReason::max_time);
  // Converged on the last round counts as converged.
  EXPECT_EQ(rule.decide({.rounds = 500, .seconds = 4, .relative_half_width = 0.01}),
            StopReason::converged);
}

TEST(StopRule, FixedTakesExactlyThatManyWhateverElseHappens) {
  const StopRule rule(StopSettings{.budget_seconds = 0, .fixed_samples = 7});
  EXPECT_FALSE(rule.decide({.rounds = 6, .seconds = 99, .relative_half_width = 0}));
  EXPECT_EQ(rule.decide({.rounds = 7}), StopReason::fixed);
  EXPECT_EQ(rule.rounds_left(5), 2);
  EXPECT_EQ(rule.rounds_left(9), 0);
}

TEST(StopRule, RefusesSettingsThatCannotBeMet) {
  EXPECT_THROW(StopRule(StopSettings{.fixed_samples = 0}), std::invalid_argument);
  EXPECT_THROW(StopRule(StopSettings{.max_samples = 0}), std::invalid_argument);
  EXPECT_THROW(StopRule(StopSettings{.budget_seconds = -1}), std::invalid_argument);
}

TEST(StopReason, HasTheNamesOfTheColumn) {
  EXPECT_EQ(stop_reason_name(StopReason::converged), "converged");
  EXPECT_EQ(stop_reason_name(StopReason::max_samples), "max_samples");
  EXPECT_EQ(stop_reason_name(StopReason::max_time), "max_time");
  EXPECT_EQ(stop_reason_name(StopReason::fixed), "fixed");
}

}  // namespace
}  // namespace moemark::measure
