// Every form of --skew, and refusals that name the value and what is allowed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "model/errors.hpp"
#include "routing/load_shares.hpp"

namespace moemark {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(ParseSkew, EveryForm) {
  EXPECT_EQ(parse_skew("uniform").kind, SkewKind::uniform);
  EXPECT_EQ(parse_skew("balanced").kind, SkewKind::balanced);

  const auto zipf = parse_skew("zipf:1.2");
  EXPECT_EQ(zipf.kind, SkewKind::zipf);
  EXPECT_EQ(zipf.parameter, 1.2);

  const auto hot = parse_skew("hot:4/0.5");
  EXPECT_EQ(hot.kind, SkewKind::hot);
  EXPECT_EQ(hot.hot_experts, 4);
  EXPECT_EQ(hot.parameter, 0.5);

  EXPECT_EQ(parse_skew("hotrank:4").kind, SkewKind::hotrank);
  EXPECT_EQ(parse_skew("hotrank:0.5").parameter, 0.5);
  EXPECT_EQ(parse_skew("local").kind, SkewKind::local);
  EXPECT_EQ(parse_skew("masked:0.3").kind, SkewKind::masked);
  EXPECT_EQ(parse_skew("masked:1").parameter, 1.0);

  const auto topics = parse_skew("topic:8/.5/.9");
  EXPECT_EQ(topics.kind, SkewKind::topic);
  EXPECT_EQ(topics.topics, 8);
  EXPECT_EQ(topics.parameter, 0.5);
  EXPECT_EQ(topics.stick, 0.9);

  const auto recorded = parse_skew("empirical:olmoe/c4/7");
  EXPECT_EQ(recorded.kind, SkewKind::empirical);
  EXPECT_EQ(recorded.model, "olmoe");
  EXPECT_EQ(recorded.domain, "c4");
  EXPECT_EQ(recorded.layer, 7);
}

TEST(ParseSkew, NamedSigmasKeepTheirName) {
  EXPECT_EQ(parse_skew("lognormal:0.75").parameter, 0.75);
  EXPECT_EQ(parse_skew("lognormal:.5").parameter, 0.5);
  EXPECT_EQ(parse_skew("lognormal:0").parameter, 0.0);
  EXPECT_EQ(parse_skew("lognormal:mixtral").parameter, 0.14);
  EXPECT_EQ(parse_skew("lognormal:c4").parameter, 0.40);
  EXPECT_EQ(parse_skew("lognormal:chat").parameter, 0.75);
  EXPECT_EQ(parse_skew("lognormal:code").parameter, 1.1);
  EXPECT_EQ(parse_skew("lognormal:chat").text, "lognormal:chat");
}

TEST(ParseSkew, RefusalsNameTheValueAndWhatIsAllowed) {
  for (const std::string text : {"",
                                 "uniform:",
                                 "uniform:1",
                                 "balanced:2",
                                 "Uniform",
                                 "lognormal",
                                 "lognormal:",
                                 "lognormal:-1",
                                 "lognormal:nan",
                                 "lognormal:inf",
                                 "lognormal:1e9",
                                 "lognormal:1x",
                                 "lognormal: 1",
                                 "lognormal:1e999",
                                 "zipf",
                                 "zipf:-0.1",
                                 "zipf:nan",
                                 "zipf:11",
                                 "hot:1",
                                 "hot:0/0.5",
                                 "hot:-1/0.5",
                                 "hot:1/0",
                                 "hot:0/2",
                                 "hot:1/1.01",
                                 "hot:1/nan",
                                 "hot:1/-0.5",
                                 "hot:1.5/0.5",
                                 "hot:99999999999/0.5",
                                 "hot:/",
                                 "hot:1/0.5/2",
                                 "empirical:olmoe",
                                 "empirical:olmoe/c4",
                                 "empirical:olmoe/c4/x",
                                 "empirical:olmoe/c4/-7",
                                 "empirical:/c4/7",
                                 "empirical:olmoe//7",
                                 "hotrank",
                                 "hotrank:0",
                                 "hotrank:-1",
                                 "hotrank:nan",
                                 "hotrank:1e9",
                                 "local:",
                                 "local:1",
                                 "masked",
                                 "masked:1.1",
                                 "masked:-0.1",
                                 "masked:nan",
                                 "topic",
                                 "topic:8",
                                 "topic:8/.5",
                                 "topic:0/.5/.9",
                                 "topic:257/.5/.9",
                                 "topic:8/1.1/.9",
                                 "topic:8/.5/nan",
                                 "topic:8/.5/-1",
                                 "topic:8/.5/.9/1",
                                 "load:",
                                 "load:/3",
                                 "load:file/99999999999",
                                 "trace"}) {
    try {
      parse_skew(text);
      ADD_FAILURE() << text;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("--skew: '" + text + "'"),
                                      HasSubstr("allowed: uniform, balanced, lognormal:SIGMA")));
    }
  }
}

TEST(ParseSkew, ALoadNamesAFileAndAVector) {
  const auto file_and_vector = [](const char* text) {
    const Skew skew = parse_skew(text);
    EXPECT_EQ(skew.kind, SkewKind::load);
    return std::pair(skew.file, skew.vector);
  };
  EXPECT_EQ(file_and_vector("load:w.csv"), std::pair(std::string("w.csv"), 0));
  EXPECT_EQ(file_and_vector("load:/a/b/w.csv/12"), std::pair(std::string("/a/b/w.csv"), 12));
  EXPECT_EQ(file_and_vector("load:/a/b/12x"), std::pair(std::string("/a/b/12x"), 0));
  EXPECT_EQ(file_and_vector("load:/a/3/4"), std::pair(std::string("/a/3"), 4));
}

TEST(ParseSkew, AReplayIsAskedForByRouting) {
  try {
    parse_skew("trace:file");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("--skew: 'trace:file'"), HasSubstr("--routing trace:file"),
                      HasSubstr("--skew load:file")));
  }
}

}  // namespace
}  // namespace moemark
