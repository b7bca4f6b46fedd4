// What a capacity drops: tables by hand, and what holds for all of them.
#include "routing/capacity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "model/errors.hpp"
#include "routing/expert_draw.hpp"

namespace moemark {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Ids = std::vector<std::int32_t>;

RoutingTable table_of(int topk, Ids ids, std::vector<float> weights) {
  RoutingTable table(static_cast<int>(ids.size()) / topk, topk);
  table.topk_ids = std::move(ids);
  table.topk_weights = std::move(weights);
  return table;
}

TEST(ParseCapacity, EveryForm) {
  EXPECT_FALSE(parse_capacity("none").drops());
  EXPECT_EQ(parse_capacity("drop:1.25").factor_millionths, 1'250'000);
  EXPECT_EQ(parse_capacity("drop:1.25").policy, DropPolicy::position);
  EXPECT_EQ(parse_capacity("drop:1/position").policy, DropPolicy::position);
  EXPECT_EQ(parse_capacity("drop:0.000001/probability").factor_millionths, 1);
  EXPECT_EQ(parse_capacity("drop:2/probability").policy, DropPolicy::probability);
  EXPECT_EQ(parse_capacity("drop:2/probability").text, "drop:2/probability");
}

TEST(ParseCapacity, RefusalsNameTheValueAndWhatIsAllowed) {
  for (const std::string text : {"", "drop", "drop:", "drop:0", "drop:-1", "drop:nan", "drop:inf",
                                 "drop:65", "drop:1x", "drop:1/", "drop:1/weight", "drop:0.0000001",
                                 "drop:1.00000049", "drop:/position", "Drop:1", "none:1"}) {
    try {
      parse_capacity(text);
      ADD_FAILURE() << text;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("--capacity: '" + text + "'"),
                                      HasSubstr("allowed: none, drop:CF")));
    }
  }
}

TEST(ExpertCapacity, IsTheCeilingInWholeNumbers) {
  EXPECT_EQ(expert_capacity(parse_capacity("drop:1"), 4, 2, 4), 2);
  EXPECT_EQ(expert_capacity(parse_capacity("drop:1.1"), 100, 8, 80), 11);  // 11.000000000000002
  EXPECT_EQ(expert_capacity(parse_capacity("drop:1.25"), 5, 2, 8), 2);     // 1.5625
  EXPECT_EQ(expert_capacity(parse_capacity("drop:0.000001"), 1, 1, 4096), 1);
  EXPECT_EQ(expert_capacity(parse_capacity("drop:1"), 0, 2, 8), 0);
  EXPECT_EQ(expert_capacity(parse_capacity("drop:64"), 1 << 24, 4096, 1), std::int64_t{64} << 36U);
}

TEST(DropOverflow, PositionKeepsTheFirst) {
  // C = ceil(4 * 2 / 4) = 2.
  auto table = table_of(2, {0, 1, 0, 2, 3, 0, 0, 1}, std::vector<float>(8, 1.0F));
  EXPECT_EQ(drop_overflow(parse_capacity("drop:1"), 4, table), 2);
  EXPECT_EQ(table.topk_ids, (Ids{0, 1, 0, 2, 3, -1, -1, 1}));
}

TEST(DropOverflow, ProbabilityKeepsTheLargestWeightsAndTheEarlierOfEqualOnes) {
  auto table = table_of(2, {0, 1, 0, 2, 3, 0, 0, 1}, {.25F, 1, .5F, 1, 1, .75F, .5F, 1});
  EXPECT_EQ(drop_overflow(parse_capacity("drop:1/probability"), 4, table), 2);
  EXPECT_EQ(table.topk_ids, (Ids{-1, 1, 0, 2, 3, 0, -1, 1}));
  EXPECT_EQ(table.topk_weights, (std::vector<float>{.25F, 1, .5F, 1, 1, .75F, .5F, 1}));
}

TEST(DropOverflow, NoneAndMaskedTokensTakeNoRoom) {
  const Ids ids{-1, -1, 0, -1, 0, 1};
  auto table = table_of(2, ids, std::vector<float>(6, 1.0F));
  EXPECT_EQ(drop_overflow(Capacity{}, 2, table), 0);
  EXPECT_EQ(table.topk_ids, ids);
  EXPECT_EQ(drop_overflow(parse_capacity("drop:0.5"), 2, table), 0);  // C = ceil(0.5 * 3 * 2 / 2)
  EXPECT_EQ(table.topk_ids, ids);
}

TEST(DropOverflow, NoExpertHoldsMoreThanItsRoomAndNoneWithRoomLosesAny) {
  const RoutingPlan plan{parse_skew("lognormal:1.1"), 32, 4, 500, 3, 0};
  const auto full = planned_table(plan, load_shares(plan.skew, 32, 3, {}), 0);
  std::int64_t last = 0;
  for (const char* text : {"drop:4", "drop:1.25/probability", "drop:1.25", "drop:0.5"}) {
    auto table = full;
    const Capacity capacity = parse_capacity(text);
    const std::int64_t dropped = drop_overflow(capacity, 32, table);
    const auto room = expert_capacity(capacity, 500, 4, 32);
    std::int64_t excess = 0;
    for (std::int32_t e = 0; e < 32; ++e) {
      const auto before = std::ranges::count(full.topk_ids, e);
      EXPECT_EQ(std::ranges::count(table.topk_ids, e), std::min<std::int64_t>(before, room));
      excess += std::max<std::int64_t>(0, before - room);
    }
    EXPECT_EQ(dropped, excess);
    EXPECT_EQ(dropped, std::ranges::count(table.topk_ids, -1));
    EXPECT_GE(dropped, last);  // both policies drop as many
    last = dropped;
    for (std::size_t a = 0; a < full.size(); ++a) {
      EXPECT_TRUE(table.topk_ids[a] == full.topk_ids[a] || table.topk_ids[a] == -1);
    }
  }
  EXPECT_GT(last, 0);
}

}  // namespace
}  // namespace moemark
