// One step and layer out of a trace.
#include "routing/files/recorded_routing.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "reading.hpp"

namespace moemark {
namespace {

using testing::HasSubstr;

std::string line(int step, int layer, int rank, const std::string& ids, int tokens = 1,
                 const std::string& more = "") {
  return fmt::format(
      R"({{"step":{},"layer":{},"rank":{},"num_tokens":{},"topk":2,"top_indices":{}{}}})"
      "\n",
      step, layer, rank, tokens, ids, more);
}

const std::string trace = line(3, 1, 7, "[[0,1]]") + line(3, 2, 7, "[[4,5]]") +
                          line(3, 1, 2, "[[2,3],[1,0]]", 2) + line(4, 1, 7, "[[6,7]]");

TEST(RecordedRouting, TheFirstStepAndLayerWithRanksInRisingOrder) {
  const auto routing = select_routing("file", trace, std::nullopt);
  ASSERT_EQ(routing.ranks(), 2);
  EXPECT_EQ(routing.tables[0].topk_ids, (std::vector<std::int32_t>{2, 3, 1, 0}));
  EXPECT_EQ(routing.tables[1].topk_ids, (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(routing.topk, 2);
  EXPECT_EQ(routing.experts, 0);
  EXPECT_EQ(routing.tokens_max(), 2);
  EXPECT_FALSE(routing.weighted);
}

TEST(RecordedRouting, AnyOtherByNumber) {
  const auto ids = [](int step, int layer) {
    return select_routing("file", trace, StepLayer{step, layer}).tables.at(0).topk_ids;
  };
  EXPECT_EQ(ids(3, 2), (std::vector<std::int32_t>{4, 5}));
  EXPECT_EQ(ids(4, 1), (std::vector<std::int32_t>{6, 7}));
  EXPECT_THAT(refusal([&] { ids(4, 2); }),
              HasSubstr("step 4 layer 2 is not recorded; recorded: steps 3 to 4, layers 1 to 2"));
}

TEST(RecordedRouting, ComesBackFromItsCompactForm) {
  const std::string weights = R"(,"weights":[[0.75,0.25]],"num_experts":9)";
  const std::string text =
      line(3, 70000, 7, "[[8,1]]", 1, weights) + line(3, 70000, 70000, "[[0,-1]]", 1, weights);
  const auto routing = select_routing("file", text, std::nullopt);
  const auto again = select_routing("file", binary_trace(routing), std::nullopt);
  EXPECT_TRUE(again.weighted);
  EXPECT_EQ(again.experts, 9);
  ASSERT_EQ(again.ranks(), 2);
  for (std::size_t rank = 0; rank < 2; ++rank) {
    EXPECT_EQ(again.tables[rank].topk_ids, routing.tables[rank].topk_ids);
    EXPECT_EQ(again.tables[rank].topk_weights, routing.tables[rank].topk_weights);
  }
}

TEST(RecordedRouting, WhatDoesNotFitTogetherIsRefused) {
  const auto refused = [](const std::string& text) {
    return refusal([&] { select_routing("file", text, std::nullopt); });
  };
  EXPECT_THAT(refused("{"), HasSubstr("line 1"));
  EXPECT_THAT(refused(trace + "{"), HasSubstr("line 5"));  // behind what was asked for
  EXPECT_THAT(refused(trace + line(3, 1, 2, "[[0,1]]")), HasSubstr("twice for rank 2"));
  EXPECT_THAT(refused(trace + line(3, 1, 3, "[[0,1]]", 1, ",\"num_experts\":8")),
              HasSubstr("has 8 experts and k 2 on rank 3, before 0 and 2"));
  EXPECT_EQ(refused(trace + line(5, 1, 3, "[[0,1]]", 1, ",\"num_experts\":8")), "");
}

}  // namespace
}  // namespace moemark
