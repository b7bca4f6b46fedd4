// The choice of experts on rows small enough to choose by hand, and what holds of every row.
#include "routing/router_choice.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "model/errors.hpp"

namespace moemark {
namespace {

using Ids = std::vector<std::int32_t>;

RouterSpec grouped(int groups, int topk_group, GroupScore score) {
  RouterSpec router{.score = Score::sigmoid, .select_bias = true};
  router.n_group = groups;
  router.topk_group = topk_group;
  router.group_score = score;
  return router;
}

class RandomRows : public testing::Test {
 protected:
  std::vector<float> normal(std::size_t count, float mean, float deviation) {
    std::normal_distribution<float> distribution(mean, deviation);
    std::vector<float> values(count);
    for (float& value : values) value = distribution(random_);
    return values;
  }
  std::mt19937 random_{42};
};

std::string error_of(const RouterSpec& router, int topk, const std::vector<float>& logits,
                     const std::vector<float>& bias = {}, int token = 0) {
  try {
    choose_experts(router, topk, logits, bias, token);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(RouterChoice, WeighsByHand) {
  const std::vector<float> logits = {0.0F, std::log(3.0F), std::log(4.0F), 0.0F};
  RouterSpec router;  // exponentials 1 3 4 1
  ExpertChoice choice = choose_experts(router, 2, logits);
  EXPECT_EQ(choice.ids, (Ids{2, 1}));
  EXPECT_NEAR(choice.weights[0], 4.0 / 7.0, 1e-6);
  router.norm_topk_prob = false;
  router.scale = 18.0F;
  choice = choose_experts(router, 3, logits);
  EXPECT_EQ(choice.ids, (Ids{2, 1, 0}));
  EXPECT_NEAR(choice.weights[0], 8.0, 1e-5);
  EXPECT_NEAR(choice.weights[2], 2.0, 1e-5);
  router.score = Score::sigmoid;  // 1/2 3/4 4/5 1/2
  EXPECT_NEAR(choose_experts(router, 1, logits).weights[0], 0.8 * 18.0, 1e-5);
}

TEST(RouterChoice, TheBiasSelectsAndDoesNotWeigh) {
  RouterSpec router{.score = Score::sigmoid, .select_bias = true};
  const std::vector<float> logits = {0.0F, std::log(3.0F), std::log(4.0F), 0.0F};
  const ExpertChoice choice =
      choose_experts(router, 2, logits, std::vector{0.0F, 0.0F, 0.0F, 1.0F});
  EXPECT_EQ(choice.ids, (Ids{3, 2}));
  EXPECT_NEAR(choice.weights[0], 0.5 / 1.3, 1e-6);
  EXPECT_NEAR(choice.weights[1], 0.8 / 1.3, 1e-6);
}

TEST(RouterChoice, GroupsWinByTheirMaximumOrTheirTwoLargest) {
  // Group 1 holds the largest, group 2 the largest pair.
  const std::vector<float> logits = {-3.0F, -3.0F, 2.0F, -2.0F, 1.5F, 1.4F};
  EXPECT_EQ(choose_experts(grouped(3, 1, GroupScore::max), 2, logits).ids, (Ids{2, 3}));
  EXPECT_EQ(choose_experts(grouped(3, 1, GroupScore::top2_sum), 2, logits).ids, (Ids{4, 5}));
  EXPECT_EQ(choose_experts(grouped(3, 2, GroupScore::max), 3, logits).ids, (Ids{2, 4, 5}));
}

TEST(RouterChoice, TiesGoToTheLowerIdAndTheLowerGroup) {
  const std::vector<float> equal(12, 0.25F);
  EXPECT_EQ(choose_experts({}, 3, equal).ids, (Ids{0, 1, 2}));
  EXPECT_EQ(choose_experts(grouped(4, 2, GroupScore::top2_sum), 4, equal).ids, (Ids{0, 1, 2, 3}));
  // Both sigmoids are 1 in float32: a tie of scores, but not of the logits of a plain router.
  const std::vector<float> saturated = {90.0F, 100.0F};
  RouterSpec router{.score = Score::sigmoid};
  EXPECT_EQ(choose_experts(router, 1, saturated).ids, (Ids{1}));
  router.select_bias = true;
  EXPECT_EQ(choose_experts(router, 1, saturated).ids, (Ids{0}));
}

TEST(RouterChoice, AGroupOfOneExpertScoresItsOnlyValue) {
  const std::vector<float> logits = {1.0F, 3.0F, 2.0F, 0.0F};
  EXPECT_EQ(choose_experts(grouped(4, 2, GroupScore::top2_sum), 2, logits).ids, (Ids{1, 2}));
}

TEST(RouterChoice, RenormalisesByTheLiteralFormulaForOneToo) {
  RouterSpec router{.score = Score::sigmoid, .scale = 2.0F};
  EXPECT_EQ(choose_experts(router, 1, std::vector{-3.0F, -5.0F}).weights[0], 2.0F);
  // exp(-60) = 8.8e-27 is far below 1e-20.
  const float tiny = choose_experts(router, 1, std::vector{-60.0F, -61.0F}).weights[0];
  EXPECT_NEAR(tiny, 2.0 * std::exp(-60.0) / 1e-20, 1e-11);
}

TEST_F(RandomRows, SoftmaxThenTopkThenRenormaliseIsTopkThenSoftmax) {
  for (int row = 0; row < 500; ++row) {
    const auto logits = normal(64, 0.0F, 12.0F);
    const auto [least, most] = std::ranges::minmax(logits);
    if (most - least >= 80.0F) continue;
    const ExpertChoice choice = choose_experts({}, 8, logits);
    std::vector<float> sorted = logits;
    std::ranges::sort(sorted, std::greater());
    double sum = 0.0;
    for (int j = 0; j < 8; ++j) sum += std::exp(double{sorted[static_cast<std::size_t>(j)]});
    for (std::size_t j = 0; j < 8; ++j) {
      EXPECT_EQ(logits[static_cast<std::size_t>(choice.ids[j])], sorted[j]);
      EXPECT_NEAR(choice.weights[j], std::exp(double{sorted[j]}) / sum, 1e-6);
    }
  }
}

// The `count` groups of 32 experts that score best, by sorting.
std::set<int> best_groups(GroupScore score, const std::vector<float>& logits,
                          const std::vector<float>& bias, std::size_t count) {
  std::vector<std::pair<double, int>> groups;
  for (std::size_t first = 0; first < logits.size(); first += 32) {
    std::vector<double> c;
    for (std::size_t e = first; e < first + 32; ++e) {
      c.push_back(1.0 / (1.0 + std::exp(-double{logits[e]})) + double{bias[e]});
    }
    std::ranges::sort(c, std::greater());
    groups.emplace_back(score == GroupScore::max ? c[0] : c[0] + c[1], first / 32);
  }
  std::ranges::sort(groups, std::greater());
  std::set<int> best;
  for (std::size_t i = 0; i < count; ++i) best.insert(groups[i].second);
  return best;
}

// With losers at 0 instead of -inf the negative sums of the winners would lose to them.
TEST_F(RandomRows, DistinctExpertsOfTheBestGroupsWithStronglyNegativeBiasesToo) {
  for (const float mean : {0.0F, -1.0F, -50.0F}) {
    for (const GroupScore score : {GroupScore::max, GroupScore::top2_sum}) {
      for (int row = 0; row < 300; ++row) {
        const auto logits = normal(256, 0.0F, 1.0F);
        const auto bias = normal(256, mean, 0.5F);
        const auto best = best_groups(score, logits, bias, 4);
        const Ids ids = choose_experts(grouped(8, 4, score), 8, logits, bias).ids;
        EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), 8U);
        for (const std::int32_t id : ids) EXPECT_TRUE(best.contains(id / 32));
      }
    }
  }
}

TEST(RouterChoice, RefusesWhatCannotBe) {
  const std::vector<float> logits(30, 0.5F);
  EXPECT_EQ(error_of({}, 31, logits), "router: top-31 of 30 experts");
  EXPECT_EQ(error_of(grouped(4, 2, GroupScore::max), 2, logits),
            "router: 30 experts do not divide into 4 groups");
  EXPECT_EQ(error_of(grouped(10, 2, GroupScore::max), 7, logits),
            "router: top-7 of the 6 experts that 2 of 10 groups hold");
  EXPECT_EQ(error_of(grouped(10, 2, GroupScore::max), 6, logits), "accepted");
  EXPECT_NE(error_of({}, 2, logits, std::vector<float>(30)), "accepted");
  EXPECT_NE(error_of(grouped(10, 2, GroupScore::max), 2, logits, std::vector<float>(29)),
            "accepted");
}

TEST(RouterChoice, NamesTheTokenAndTheExpertOfALogitThatIsNoNumber) {
  for (const float bad : {std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
    std::vector<float> logits(16, 0.0F);
    logits[5] = bad;
    EXPECT_NE(
        error_of(grouped(4, 2, GroupScore::max), 2, logits, {}, 77).find("token 77, expert 5 is "),
        std::string::npos);
  }
}

}  // namespace
}  // namespace moemark
