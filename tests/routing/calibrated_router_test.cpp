// Routers with groups or a selection bias give the loads that they are calibrated to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "model/errors.hpp"
#include "model/model_preset.hpp"
#include "routing/calibrated_tables.hpp"
#include "routing/chosen_counts.hpp"
#include "routing/load_shares.hpp"
#include "routing/router_choice.hpp"

namespace moemark {
namespace {

constexpr std::uint64_t seed = 3;

const ModelPreset& preset(const std::string& name) {
  static const std::vector<ModelPreset> presets = load_presets(data_folder() / "presets.json");
  return find_preset(presets, name);
}

RoutingPlan plan_of(const ModelPreset& model, const std::string& skew, int tokens) {
  return {parse_skew(skew), model.experts.value_or(0), model.topk, tokens, seed};
}

std::vector<double> shares_of(const RoutingPlan& plan) {
  return load_shares(plan.skew, plan.experts, seed, data_folder() / "expert-counts.csv");
}

std::vector<double> wanted_of(const RoutingPlan& plan) {
  const auto targets = inclusion_targets(shares_of(plan), plan.topk);
  return {targets.begin(), targets.end()};
}

using Counts = std::vector<std::int64_t>;

Counts counts_of(const RoutingTable& table, int experts) {
  Counts counts(static_cast<std::size_t>(experts), 0);
  for (const std::int32_t id : table.topk_ids) {
    if (id >= 0) ++counts[static_cast<std::size_t>(id)];
  }
  return counts;
}

class CalibratedLoad : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

// 60,000 tokens leave up to 1 % to chance at 256 experts; what the calibration misses may add 1 %.
TEST_P(CalibratedLoad, FollowsTheSkew) {
  const auto [name, skew] = GetParam();
  const ModelPreset& model = preset(name);
  const RoutingPlan plan = plan_of(model, skew, 60'000);
  const CalibratedTables tables(plan, model.router, shares_of(plan));
  EXPECT_LE(tables.load_error(), 0.01);
  const RoutingTable table = tables.of(0);
  EXPECT_LE(load_error(wanted_of(plan), counts_of(table, plan.experts)), 0.015);
  EXPECT_TRUE(fits_groups(model.router, plan.experts, table));
  for (int token = 0; token < 1000; ++token) {
    const auto ids = table.ids(token);
    EXPECT_EQ(std::set<std::int32_t>(ids.begin(), ids.end()).size(), ids.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Routers, CalibratedLoad,
                         testing::Values(std::tuple("tiny-grouped", "uniform"),
                                         std::tuple("tiny-grouped", "zipf:1"),
                                         std::tuple("tiny-grouped", "lognormal:1"),
                                         std::tuple("tiny-grouped", "hot:1/0.1"),
                                         std::tuple("deepseek-v2", "lognormal:0.75"),
                                         std::tuple("deepseek-v3", "lognormal:0.75"),
                                         std::tuple("deepseek-v3", "zipf:1"),
                                         std::tuple("glm-4.5-air", "lognormal:1.5")));

TEST(CalibratedTables, TopicsHaveTheMeanOfTheirLoads) {
  const ModelPreset& model = preset("tiny-grouped");
  const RoutingPlan plan = plan_of(model, "topic:4/0.5/0.9", 128);
  const CalibratedTables tables(plan, model.router, shares_of(plan));
  EXPECT_THAT(tables.select_bias(), testing::Each(0.0F));
  // Topics stick: many ranks of few tokens see many topics.
  Counts counts(32, 0);
  for (std::uint32_t rank = 0; rank < 600; ++rank) {
    const Counts more = counts_of(tables.of(rank), plan.experts);
    std::ranges::transform(counts, more, counts.begin(), std::plus{});
  }
  EXPECT_LE(load_error(wanted_of(plan), counts), 0.05);
}

TEST(CalibratedTables, MaskedTokensHaveNoExperts) {
  const ModelPreset& model = preset("tiny-grouped");
  const RoutingPlan plan = plan_of(model, "masked:0.25", 4000);
  const RoutingTable table = CalibratedTables(plan, model.router, shares_of(plan)).of(0);
  int masked = 0;
  for (int token = 0; token < table.tokens; ++token) masked += table.ids(token)[0] < 0 ? 1 : 0;
  EXPECT_NEAR(masked, 1000, 120);
}

TEST(CalibratedTables, EveryRankFindsTheSame) {
  const ModelPreset& model = preset("tiny-grouped");
  const RoutingPlan plan = plan_of(model, "lognormal:1", 64);
  const CalibratedTables a(plan, model.router, shares_of(plan));
  const CalibratedTables b(plan, model.router, shares_of(plan));
  EXPECT_EQ(a.of(5).topk_ids, b.of(5).topk_ids);
  EXPECT_NE(a.of(5).topk_ids, a.of(6).topk_ids);
}

// Eight experts of four groups get everything; a token may use two groups.
TEST(CalibratedTables, ALoadThatTheGroupsForbidIsNamed) {
  const ModelPreset& model = preset("tiny-grouped");
  std::vector<double> shares(32, 0.0);
  for (const std::size_t expert : {0U, 8U, 16U, 24U}) shares[expert] = 0.25;
  try {
    calibrate_router(model.router, model.topk, shares, seed);
    ADD_FAILURE() << "a token has experts of four groups";
  } catch (const CaseSkipped& skipped) {
    EXPECT_THAT(skipped.what(), testing::HasSubstr("2 of 4 groups a token: use --routing ids"));
  }
}

TEST(ChosenCounts, ChooseAsTheDefinitionDoes) {
  GumbelLogits noise(seed);
  for (const char* name : {"tiny-grouped", "deepseek-v2", "deepseek-v3", "mixtral-8x7b"}) {
    const ModelPreset& model = preset(name);
    const int experts = model.experts.value_or(0);
    const auto count = static_cast<std::size_t>(experts);
    std::vector<float> bias(model.router.select_bias ? count : 0);
    for (std::size_t e = 0; e < bias.size(); ++e) bias[e] = static_cast<float>(e % 3) * -0.5F;
    ChosenCounts counts(model.router, model.topk, experts);
    Counts expected(count, 0);
    std::vector<float> logits(count);
    for (std::uint32_t token = 0; token < 500; ++token) {
      noise.fill(std::vector<float>(count, 0.0F), {0, 0, token}, logits);
      counts.add(logits, bias);
      for (const auto id : choose_experts(model.router, model.topk, logits, bias).ids) {
        ++expected[static_cast<std::size_t>(id)];
      }
    }
    EXPECT_THAT(counts.counts(), testing::ElementsAreArray(expected)) << name;
  }
}

TEST(FitsGroups, CountsTheGroupsOfEachToken) {
  RouterSpec router;
  router.n_group = 4;
  router.topk_group = 2;
  RoutingTable table(2, 3);
  table.topk_ids = {0, 1, 7, 30, -1, 8};
  EXPECT_TRUE(fits_groups(router, 32, table));
  table.topk_ids = {0, 1, 7, 30, 17, 8};
  EXPECT_FALSE(fits_groups(router, 32, table));
  router.n_group = 1;
  EXPECT_TRUE(fits_groups(router, 32, table));
}

}  // namespace
}  // namespace moemark
