// Gate rows times activation rows give back the planned logits.
#include "routing/planned_logits.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "model/dtype.hpp"
#include "model/errors.hpp"
#include "routing/expert_draw.hpp"
#include "routing/philox.hpp"
#include "routing/router_choice.hpp"

namespace moemark {
namespace {

RoutingTable table_of(int experts, int topk, int tokens) {
  const RoutingPlan plan{parse_skew("lognormal:0.75"), experts, topk, tokens, 1, 0};
  return planned_table(plan, load_shares(plan.skew, experts, 1, {}), 0);
}

template <typename Sum>
Sum gate_logit(std::span<const float> gate_row, std::span<const float> activation) {
  Sum sum = 0;
  for (std::size_t i = 0; i < gate_row.size(); ++i) {
    sum += static_cast<Sum>(gate_row[i]) * static_cast<Sum>(activation[i]);
  }
  return sum;
}

class PlannedLogitsShapes : public testing::TestWithParam<std::tuple<int, int, int>> {};

TEST_P(PlannedLogitsShapes, TheGateReturnsThePlan) {
  const auto [hidden, experts, topk] = GetParam();
  const auto width = static_cast<std::size_t>(hidden);
  const PlannedLogits planned(hidden, experts);
  const auto table = table_of(experts, topk, 3);
  const auto weight = planned.gate_weight();
  ASSERT_EQ(weight.size(), width * static_cast<std::size_t>(experts));
  std::vector<float> logits(static_cast<std::size_t>(experts));
  std::vector<float> row(width, 99.0F);
  for (int token = 0; token < table.tokens; ++token) {
    planned.logits(table, 1, 0, 0, token, logits);
    planned.activation(logits, row);
    auto rounded = row;
    for (float& value : rounded) value = to_float(to_bfloat16(value));
    for (std::size_t e = 0; e < logits.size(); ++e) {
      const auto gate_row = std::span(weight).subspan(e * width, width);
      ASSERT_EQ(gate_logit<float>(gate_row, row), logits[e]);
      ASSERT_EQ(gate_logit<double>(gate_row, row), static_cast<double>(logits[e]));
      ASSERT_NEAR(gate_logit<double>(gate_row, rounded), static_cast<double>(logits[e]), 0.016);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, PlannedLogitsShapes,
                         testing::Values(std::tuple{64, 8, 2}, std::tuple{64, 64, 8},
                                         std::tuple{100, 60, 4}, std::tuple{1024, 512, 22},
                                         std::tuple{2048, 256, 8}, std::tuple{2880, 128, 4},
                                         std::tuple{4096, 8, 2}, std::tuple{4096, 512, 22},
                                         std::tuple{7168, 384, 8}, std::tuple{8, 8, 8},
                                         std::tuple{1, 1, 1}));

TEST(PlannedLogits, TopChoicesAreThePlanInOrder) {
  const PlannedLogits planned(64, 32);
  const auto table = table_of(32, 4, 50);
  std::vector<float> logits(32);
  for (int token = 0; token < table.tokens; ++token) {
    planned.logits(table, 1, 0, 0, token, logits);
    RandomWords words(1, RandomStream::activations, 0, 0, static_cast<std::uint32_t>(token));
    const auto ids = table.ids(token);
    for (std::int32_t e = 0; e < 32; ++e) {
      const auto found = std::ranges::find(ids, e);
      const auto j = static_cast<int>(found - ids.begin());
      const float expected =
          found != ids.end()
              ? 4.0F + static_cast<float>(4 - j) / 4.0F
              : (static_cast<float>(words.bounded(static_cast<std::uint32_t>(e), 256)) - 128.0F) /
                    64.0F;
      EXPECT_EQ(logits[static_cast<std::size_t>(e)], expected);
    }
  }
}

// Groups by the sum of their two best: one planned expert must beat two that nobody planned, also
// when activations are rounded to bfloat16 and every logit is off by what that costs.
TEST(PlannedLogits, FarOthersNeverWinAGroup) {
  RouterSpec router;
  router.n_group = 8;
  router.topk_group = 4;
  router.group_score = GroupScore::top2_sum;
  router.select_bias = true;
  const PlannedLogits planned(4096, 32, PlannedLogits::Others::far);
  RoutingTable table(200, 8);
  for (int token = 0; token < table.tokens; ++token) {  // of the groups 0, 2, 4, 6 and 1, 3, 5, 7
    for (int j = 0; j < 8; ++j) {
      table.ids(token)[static_cast<std::size_t>(j)] = (j % 4) * 8 + token % 2 * 4 + j / 4;
    }
    if (token % 3 == 0) std::ranges::fill(table.ids(token).subspan(5), -1);
  }
  std::vector<float> logits(32);
  std::vector<float> row(4096);
  const std::vector<float> weight = planned.gate_weight();
  for (const Score score : {Score::sigmoid, Score::sqrt_softplus, Score::softmax}) {
    router.score = score;
    for (int token = 0; token < table.tokens; ++token) {
      planned.logits(table, 1, 0, 0, token, logits);
      planned.activation(logits, row);
      for (float& value : row) value = to_float(to_bfloat16(value));
      for (std::size_t e = 0; e < logits.size(); ++e) {
        logits[e] = gate_logit<float>(std::span(weight).subspan(e * 4096, 4096), row);
      }
      const auto chosen = choose_experts(router, 8, logits).ids;
      for (std::size_t j = 0; j < 8; ++j) {
        const std::int32_t wanted = table.ids(token)[j];
        ASSERT_TRUE(wanted < 0 || wanted == chosen[j]) << name(score) << " token " << token;
      }
    }
  }
}

TEST(PlannedLogits, ColumnsBeyondThePowerOfTwoAreZero) {
  const PlannedLogits planned(100, 60);
  const auto weight = planned.gate_weight();
  const std::vector<float> logits(60, 1.0F);
  std::vector<float> row(100, 99.0F);
  planned.activation(logits, row);
  for (std::size_t column = 0; column < 100; ++column) {
    EXPECT_EQ(std::abs(weight[100 + column]), column < 64 ? 1.0F : 0.0F);
    if (column >= 64) {
      EXPECT_EQ(row[column], 0.0F);
    }
  }
}

TEST(PlannedLogits, MaskedChoicesArePassedOver) {
  RoutingTable table(1, 2);
  table.topk_ids = {-1, 3};
  std::vector<float> logits(8);
  PlannedLogits(64, 8).logits(table, 1, 0, 0, 0, logits);
  EXPECT_EQ(logits[3], 4.25F);
  EXPECT_LT(*std::max_element(logits.begin(), logits.begin() + 3), 2.0F);
}

TEST(PlannedLogits, TooManyExpertsNameTheWayOut) {
  try {
    PlannedLogits(1024, 2048);
    FAIL();
  } catch (const CaseSkipped& skipped) {
    EXPECT_NE(std::string(skipped.what()).find("--routing ids"), std::string::npos);
  }
  EXPECT_THROW(PlannedLogits(1023, 513), CaseSkipped);
  EXPECT_NO_THROW(PlannedLogits(1023, 512));
}

double share(std::span<const float> logits, std::size_t expert) {
  double sum = 0.0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
  return std::exp(static_cast<double>(logits[expert])) / sum;
}

// One token with as many choices as may be, one with none.
TEST(LevelLogits, GiveChoicesTheLargerSharesWhereTheySaySo) {
  for (const int experts : {2, 8, 13, 256}) {
    int most = experts;
    while (!PlannedLogits::choices_lead(most, experts)) --most;
    EXPECT_LT(most, experts);
    EXPECT_GT(most, experts * 9 / 10 - 1);
    RoutingTable table(2, most);
    for (int j = 0; j < most; ++j) table.ids(0)[static_cast<std::size_t>(j)] = j;
    const PlannedLogits planned(256, experts, PlannedLogits::Others::level);
    std::vector<float> crowded(static_cast<std::size_t>(experts));
    std::vector<float> free(crowded.size());
    planned.logits(table, 1, 0, 0, 0, crowded);
    planned.logits(table, 1, 0, 0, 1, free);
    double largest = 0.0;
    for (std::size_t e = 0; e < free.size(); ++e) largest = std::max(largest, share(free, e));
    for (std::size_t e = 0; e < static_cast<std::size_t>(most); ++e) {
      EXPECT_GT(share(crowded, e), largest) << experts;
    }
    for (std::size_t e = static_cast<std::size_t>(most); e < free.size(); ++e) {
      EXPECT_LT(share(crowded, e), share(crowded, 0));
    }
  }
}

}  // namespace
}  // namespace moemark
