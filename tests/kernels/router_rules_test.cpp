// The router kernels against their definition: every score, selection bias and groups.
#include <array>
#include <string>

#include "model/errors.hpp"
#include "model/model_preset.hpp"
#include "router_fixture.hpp"
#include "routing/router_scores.hpp"

namespace moemark::kernels::test {
namespace {

constexpr std::array scores = {Score::softmax, Score::sigmoid, Score::sqrt_softplus};

class RouterRules : public RouterTest {
 protected:
  static RouterSpec with_groups(RouterSpec router, int groups, int topk_groups,
                                GroupScore group_score) {
    router.n_group = groups;
    router.topk_group = topk_groups;
    router.group_score = group_score;
    return router;
  }
};

TEST_P(RouterRules, EveryScoreAlone) {
  for (const Score score : scores) {
    for (const bool normalise : {true, false}) {
      const RouterSpec router{.score = score, .norm_topk_prob = normalise, .scale = 2.5F};
      for (const int experts : {1, 16, 47, 256}) {
        const auto values = 300 * static_cast<std::size_t>(experts);
        expect_reference(normal_values(values, 3.0F), experts, {router, std::min(experts, 6)});
        expect_reference(quantised(values, 0.5F), experts, {router, 1});
      }
    }
  }
}

TEST_P(RouterRules, ABiasSelects) {
  for (const Score score : scores) {
    for (const bool normalise : {true, false}) {
      const RouterSpec router{.score = score, .norm_topk_prob = normalise, .select_bias = true};
      for (const int experts : {3, 16, 61, 256, 384}) {
        const auto width = static_cast<std::size_t>(experts);
        for (const float deviation : {0.05F, 5.0F}) {
          expect_reference(normal_values(200 * width), experts, {router, 3},
                           normal_values(width, deviation));
        }
        expect_reference(quantised(200 * width, 1.0F), experts, {router, 3});  // ties of scores
      }
    }
  }
}

TEST_P(RouterRules, GroupsLimitTheChoice) {
  for (const Score score : scores) {
    for (const bool bias : {true, false}) {
      const RouterSpec router{.score = score, .select_bias = bias};
      for (const GroupScore by : {GroupScore::max, GroupScore::top2_sum}) {
        for (const auto& [experts, groups, topk_groups, topk] : {std::array{256, 8, 4, 8},
                                                                 {160, 8, 3, 6},
                                                                 {32, 4, 2, 4},
                                                                 {30, 10, 3, 9},
                                                                 {12, 12, 5, 5},
                                                                 {64, 2, 1, 32},
                                                                 {64, 2, 2, 8},
                                                                 {288, 72, 4, 16}}) {
          const auto width = static_cast<std::size_t>(experts);
          const TopkRule rule{with_groups(router, groups, topk_groups, by), topk};
          const auto values = bias ? normal_values(width) : std::vector<float>();
          expect_reference(normal_values(120 * width), experts, rule, values);
          expect_reference(quantised(120 * width, 1.0F), experts, rule);
        }
      }
    }
  }
}

TEST_P(RouterRules, StronglyNegativeBiasesStayInTheGroups) {
  const RouterSpec router{.score = Score::sigmoid, .select_bias = true};
  const TopkRule rule{with_groups(router, 8, 4, GroupScore::top2_sum), 8};
  for (const float mean : {-1.0F, -50.0F}) {
    auto bias = normal_values(256, 0.5F);
    for (float& value : bias) value += mean;
    const auto logits = normal_values(std::size_t{256} * 500);
    expect_reference(logits, 256, rule, bias);
  }
}

TEST_P(RouterRules, ListsLongerThanTheLanesKeep) {
  for (const int topk : {64, 65, 100}) {
    const RouterSpec router{.score = Score::sqrt_softplus, .select_bias = true};
    expect_reference(quantised(std::size_t{21} * 240, 0.125F), 240, {router, topk},
                     normal_values(240));
    expect_reference(normal_values(std::size_t{21} * 240), 240,
                     {with_groups(router, 8, 4, GroupScore::max), topk}, normal_values(240));
  }
}

TEST_P(RouterRules, SaturatedScoresAndEveryRowCount) {
  for (const Score score : scores) {
    const RouterSpec router{.score = score, .select_bias = true};
    const TopkRule rule{with_groups(router, 4, 2, GroupScore::top2_sum), 5};
    for (std::size_t tokens = 0; tokens <= 35; ++tokens) {
      expect_reference(normal_values(tokens * 40, 60.0F), 40, rule, normal_values(40));
    }
  }
}

TEST_P(RouterRules, EveryPresetsRouter) {
  for (const ModelPreset& preset : load_presets(data_folder() / "presets.json")) {
    const int experts = preset.experts.value_or(4);
    const auto width = static_cast<std::size_t>(experts);
    const TopkRule rule{preset.router, preset.topk};
    const auto bias = preset.router.select_bias ? normal_values(width, 0.1F) : std::vector<float>();
    expect_reference(normal_values(70 * width), experts, rule, bias);
  }
}

TEST_P(RouterRules, LogitsThatAreNoNumbersAreNamed) {
  const RouterSpec router{.score = Score::sigmoid, .select_bias = true};
  for (const std::size_t at : {0U, 151U, 779U}) {
    auto logits = normal_values(std::size_t{39} * 20);
    logits[at] = std::nanf("");
    const std::string named =
        "token " + std::to_string(at / 20) + ", expert " + std::to_string(at % 20) + " ";
    try {
      choose(logits, 20, {with_groups(router, 4, 2, GroupScore::max), 2});
      FAIL() << "accepted a NaN";
    } catch (const WrongResult& error) {
      EXPECT_NE(std::string(error.what()).find(named), std::string::npos) << error.what();
    }
  }
}

TEST_P(RouterRules, RefusesWhatCannotBe) {
  const auto logits = normal_values(60);
  EXPECT_THROW(choose(logits, 30, {with_groups({}, 4, 2, GroupScore::max), 2}), UsageError);
  EXPECT_THROW(choose(logits, 30, {with_groups({}, 10, 2, GroupScore::max), 7}), UsageError);
  EXPECT_THROW(choose(logits, 30, plain(31)), UsageError);
  EXPECT_THROW(choose(logits, 30, plain(2), normal_values(30)), std::invalid_argument);
  const RouterSpec biased{.select_bias = true};
  EXPECT_THROW(choose(logits, 30, {biased, 2}, normal_values(29)), std::invalid_argument);
  auto bias = normal_values(30);
  bias[7] = -HUGE_VALF;
  EXPECT_THROW(choose(logits, 30, {biased, 2}, bias), std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(EveryIsa, RouterRules, testing::ValuesIn(runnable_instruction_sets()),
                         test_name);

// Scores of one token, by the weight of the only expert chosen: the digits of the definition.
TEST(RouterScoresAcrossInstructionSets, AreTheDigitsOfTheDefinition) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(-120.0F, 120.0F);
  std::vector<float> logits(20'000);
  for (float& logit : logits) logit = uniform(random);
  device::Stream stream;
  std::vector<std::int32_t> ids(logits.size());
  std::vector<float> weights(logits.size());
  std::vector<float> defined(logits.size());
  for (const std::string& isa : runnable_instruction_sets()) {
    use_instruction_set(isa);
    for (const Score score : {Score::sigmoid, Score::sqrt_softplus}) {
      const TopkRule rule{{.score = score, .norm_topk_prob = false, .select_bias = true}, 1};
      router_topk(stream, logits, /*experts=*/1, rule, {}, ids, weights);
      router_scores(score, logits, defined);
      EXPECT_EQ(weights, defined) << isa;
    }
    const TopkRule all{{.norm_topk_prob = false, .select_bias = true}, 50};
    const auto rows = std::span(std::as_const(logits));
    router_topk(stream, rows, /*experts=*/50, all, {}, ids, weights);
    for (std::size_t t = 0; t < logits.size(); t += 50) {
      router_scores(Score::softmax, rows.subspan(t, 50), std::span(defined).subspan(t, 50));
      for (std::size_t j = t; j < t + 50; ++j) {
        ASSERT_EQ(weights[j], defined[t + static_cast<std::size_t>(ids[j])]) << isa;
      }
    }
  }
}

}  // namespace
}  // namespace moemark::kernels::test
