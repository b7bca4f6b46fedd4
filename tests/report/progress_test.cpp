// What progress says in each mode, at times given by the test.
#include "report/progress.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "model/errors.hpp"

namespace moemark::report {
namespace {

using std::chrono::seconds;
const Progress::Clock::time_point start{};

TEST(Progress, AlwaysPrintsALinePerCaseWithAnEstimate) {
  std::ostringstream out;
  Progress progress(ProgressMode::always, 24, out, true, start);
  progress.begin_case("dispatch/a", start);
  progress.begin_case("dispatch/b", start + seconds(2));
  progress.begin_case("dispatch/c", start + seconds(12));
  EXPECT_EQ(out.str(),
            "[ 1/24] dispatch/a elapsed 0 s\n"
            "[ 2/24] dispatch/b elapsed 2 s, about 46 s left\n"
            "[ 3/24] dispatch/c elapsed 12 s, about 2 min 12 s left\n");
}

TEST(Progress, AutomaticPrintsAtMostALineInTwoSecondsIntoAFile) {
  std::ostringstream out;
  Progress progress(ProgressMode::automatic, 4, out, false, start);
  progress.begin_case("a", start);
  progress.begin_case("b", start + seconds(1));
  progress.begin_case("c", start + seconds(3));
  EXPECT_EQ(out.str(), "[1/4] a elapsed 0 s\n[3/4] c elapsed 3 s, about 3 s left\n");
}

TEST(Progress, AutomaticRewritesOneLineOnATerminalAndClearsIt) {
  std::ostringstream out;
  {
    Progress progress(ProgressMode::automatic, 2, out, true, start);
    progress.begin_case(std::string(200, 'x'), start);
    const std::string line = out.str();
    EXPECT_TRUE(line.starts_with("\r\x1b[K[1/2] xxx"));
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_LT(line.size(), 110U);
  }
  EXPECT_TRUE(out.str().ends_with("\r\x1b[K"));
}

TEST(Progress, NeverSaysNothing) {
  std::ostringstream out;
  {
    Progress progress(ProgressMode::never, 2, out, true, start);
    progress.begin_case("a", start);
  }
  EXPECT_EQ(out.str(), "");
}

TEST(Progress, RefusesAModeItDoesNotKnow) {
  EXPECT_EQ(parse_progress_mode("auto"), ProgressMode::automatic);
  EXPECT_EQ(parse_progress_mode("always"), ProgressMode::always);
  EXPECT_EQ(parse_progress_mode("never"), ProgressMode::never);
  EXPECT_THROW(parse_progress_mode("sometimes"), UsageError);
}

}  // namespace
}  // namespace moemark::report
