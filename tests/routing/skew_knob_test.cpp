// The search for a skew's parameter, against imbalances that are known functions of it.
#include "routing/skew_knob.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/errors.hpp"

namespace moemark {
namespace {

using testing::HasSubstr;

std::string reason_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const CaseSkipped& error) {
    return error.what();
  }
  return "not skipped";
}

TEST(SkewKnob, OnlyThreeFamiliesHaveOne) {
  EXPECT_TRUE(has_knob(parse_skew("lognormal:chat")));
  EXPECT_TRUE(has_knob(parse_skew("zipf:1")));
  EXPECT_TRUE(has_knob(parse_skew("hot:2/0.5")));
  for (const char* text : {"uniform", "balanced", "local", "masked:0.5", "hotrank:2"}) {
    EXPECT_FALSE(has_knob(parse_skew(text))) << text;
  }
}

TEST(SkewKnob, GoesFromEvenToTheMostThatIsAllowed) {
  EXPECT_EQ(skew_at(parse_skew("lognormal:chat"), 0.0, 8).text, "lognormal:0");
  EXPECT_EQ(skew_at(parse_skew("lognormal:chat"), 1.0, 8).text, "lognormal:10");
  EXPECT_EQ(skew_at(parse_skew("zipf:1"), 0.25, 8).text, "zipf:0.625");
  EXPECT_EQ(skew_at(parse_skew("hot:2/0.1"), 0.0, 8).text, "hot:2/0.25");
  EXPECT_EQ(skew_at(parse_skew("hot:2/0.1"), 1.0, 8).text, "hot:2/1");
  EXPECT_EQ(skew_at(parse_skew("hot:8/0.1"), 0.5, 8).text, "hot:8/1");
  EXPECT_DOUBLE_EQ(skew_at(parse_skew("hot:1/1"), 0.5, 4).parameter, 0.625);
}

TEST(SolveImbalance, FindsTheParameter) {
  for (const double target : {1.25, 1.5, 2.0, 3.0, 4.0}) {
    const auto of_sigma = [](const Skew& skew) { return 1.0 + skew.parameter; };
    const Skew solved = solve_imbalance(parse_skew("lognormal:0.75"), 8, target, of_sigma);
    EXPECT_NEAR(solved.parameter, target - 1.0, 0.005 * target);
    EXPECT_EQ(parse_skew(solved.text).parameter, solved.parameter);
  }
  const auto of_share = [](const Skew& skew) { return 4.0 * skew.parameter; };
  EXPECT_NEAR(solve_imbalance(parse_skew("hot:1/1"), 4, 2.0, of_share).parameter, 0.5, 0.0026);
}

TEST(SolveImbalance, TakesTheFirstCrossingOfACurveThatFallsAgain) {
  const auto hill = [](const Skew& skew) {
    return 1.0 + skew.parameter * (4.0 - skew.parameter) / 2.0;
  };
  EXPECT_NEAR(solve_imbalance(parse_skew("zipf:1"), 8, 2.5, hill).parameter, 1.0, 0.02);
}

TEST(SolveImbalance, OneIsTheEvenEndWhateverChanceLeavesThere) {
  const auto floor = [](const Skew& skew) { return 1.3 + skew.parameter; };
  EXPECT_EQ(solve_imbalance(parse_skew("lognormal:2"), 8, 1.0, floor).text, "lognormal:0");
  EXPECT_THAT(reason_of([&] { solve_imbalance(parse_skew("lognormal:2"), 8, 1.25, floor); }),
              HasSubstr("--target-imbalance 1.25: skew lognormal reaches at least 1.3"));
}

TEST(SolveImbalance, OutOfReachNamesWhatWasReached) {
  const auto bounded = [](const Skew& skew) { return 1.0 + skew.parameter / 8.0; };
  const auto steps = [](const Skew& skew) { return skew.parameter < 1.0 ? 1.0 : 3.0; };
  const auto nothing = [](const Skew&) { return 0.0; };
  const Skew zipf = parse_skew("zipf:1");
  EXPECT_THAT(reason_of([&] { solve_imbalance(zipf, 8, 4.0, bounded); }),
              HasSubstr("--target-imbalance 4: skew zipf reaches at most 2.25 here"));
  EXPECT_THAT(reason_of([&] { solve_imbalance(zipf, 8, 1.5, steps); }),
              HasSubstr("skew zipf reaches 1 at the closest"));
  EXPECT_EQ(solve_imbalance(zipf, 8, 2.97, steps).parameter >= 1.0, true);
  EXPECT_THAT(reason_of([&] { solve_imbalance(zipf, 8, 2.0, nothing); }),
              HasSubstr("nothing is assigned"));
}

}  // namespace
}  // namespace moemark
