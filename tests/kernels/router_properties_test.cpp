// What holds of every router's choice, and what groups make of the nodes that a token reaches.
#include <array>
#include <bit>
#include <cstdint>
#include <set>

#include "model/model_preset.hpp"
#include "router_fixture.hpp"
#include "routing/normal_quantile.hpp"

namespace moemark::kernels::test {
namespace {

class RouterProperties : public RouterTest {
 protected:
  // Distinct e / width of the experts e of every token.
  static std::vector<std::size_t> distinct(const Chosen& chosen, int topk, int width) {
    std::vector<std::size_t> counts;
    for (auto first = chosen.ids.begin(); first != chosen.ids.end(); first += topk) {
      std::set<int> blocks;
      for (auto id = first; id != first + topk; ++id) blocks.insert(*id / width);
      counts.push_back(blocks.size());
    }
    return counts;
  }
};

TEST_P(RouterProperties, NeverAnExpertTwiceNorMoreGroupsThanAllowed) {
  for (const ModelPreset& preset : load_presets(data_folder() / "presets.json")) {
    SCOPED_TRACE(preset.name);
    const int experts = preset.experts.value_or(8);
    const auto width = static_cast<std::size_t>(experts);
    const RouterSpec& router = preset.router;
    const auto most = static_cast<std::size_t>(router.topk_group);
    for (const float mean : {0.0F, -1.0F, -50.0F, -1e6F}) {
      auto bias = router.select_bias ? normal_values(width, 0.5F) : std::vector<float>();
      for (float& value : bias) value += mean;
      // Rounded: many scores tie, and so do groups.
      const Chosen chosen =
          choose(quantised(33 * width, 0.25F), experts, {router, preset.topk}, bias);
      for (const std::size_t count : distinct(chosen, preset.topk, 1)) {
        ASSERT_EQ(count, static_cast<std::size_t>(preset.topk));
      }
      if (router.n_group == 1) continue;
      for (const std::size_t count : distinct(chosen, preset.topk, experts / router.n_group)) {
        ASSERT_LE(count, most);
      }
    }
  }
}

TEST_P(RouterProperties, SoftmaxThenTopkThenRenormaliseIsTopkThenSoftmax) {
  for (const int experts : {8, 64, 200}) {
    const auto logits = normal_values(500 * static_cast<std::size_t>(experts), 9.0F);
    ASSERT_LT(logit_span(logits, experts), 80.0);
    const Chosen chosen = choose(logits, experts, plain(6));
    for (std::size_t t = 0; t < 500; ++t) {
      std::array<double, 6> values{};
      double sum = 0.0;
      for (std::size_t j = 0; j < 6; ++j) {
        const auto id = static_cast<std::size_t>(chosen.ids[t * 6 + j]);
        values[j] = logits[t * static_cast<std::size_t>(experts) + id];
        sum += std::exp(values[j] - values[0]);
      }
      for (std::size_t j = 0; j < 6; ++j) {
        const double weight = std::exp(values[j] - values[0]) / sum;
        ASSERT_NEAR(chosen.weights[t * 6 + j], weight, 1e-6);
      }
    }
  }
}

// Independent logits choose without replacement: each of g groups is left out by
// C(E - E/g, k) / C(E, k) of the tokens.
TEST_P(RouterProperties, UngroupedTokensReachTheExpectedNumberOfGroups) {
  for (const auto& [experts, topk, groups] :
       {std::array{256, 8, 8}, {64, 8, 8}, {160, 6, 8}, {128, 4, 32}}) {
    constexpr std::size_t tokens = 20'000;
    std::vector<float> logits(tokens * static_cast<std::size_t>(experts));
    for (float& logit : logits) logit = static_cast<float>(random_() >> 8U) * 0x1p-24F;
    const int width = experts / groups;
    const auto counts = distinct(choose(logits, experts, plain(topk)), topk, width);
    double left_out = 1.0;
    for (int j = 0; j < topk; ++j) left_out *= 1.0 - double(width) / (experts - j);
    const double expected = groups * (1.0 - left_out);
    double mean = 0.0;
    double square = 0.0;
    for (const std::size_t count : counts) {
      mean += static_cast<double>(count) / tokens;
      square += static_cast<double>(count * count) / tokens;
    }
    const double sigma = std::sqrt((square - mean * mean) / tokens);
    EXPECT_NEAR(mean, expected, 3.0 * sigma) << experts << " experts, k " << topk;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryIsa, RouterProperties, testing::ValuesIn(runnable_instruction_sets()),
                         test_name);

// Mean of distinct nodes per token on 8, 4 and 2 nodes that hold 256 experts in order.
std::array<double, 3> mean_nodes(const TopkRule& rule) {
  constexpr int tokens = 100'000;
  constexpr int chunk = 1'000;
  std::mt19937 random(7);
  device::Stream stream;
  std::vector<float> logits(std::size_t{chunk} * 256);
  std::vector<std::int32_t> ids(std::size_t{chunk} * 8);
  std::vector<float> weights(ids.size());
  std::array<std::int64_t, 3> nodes{};
  for (int first = 0; first < tokens; first += chunk) {
    for (float& logit : logits) {  // the same values on every library
      logit = static_cast<float>(normal_quantile((static_cast<double>(random()) + 0.5) * 0x1p-32));
    }
    router_topk(stream, logits, 256, rule, {}, ids, weights);
    for (std::size_t t = 0; t < ids.size(); t += 8) {
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        unsigned reached = 0;
        for (std::size_t j = t; j < t + 8; ++j) reached |= 1U << (ids[j] / (32 << i));
        nodes[i] += std::popcount(reached);
      }
    }
  }
  std::array<double, 3> means{};
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    means[i] = static_cast<double>(nodes[i]) / tokens;
  }
  return means;
}

// Without and with 4 of 8 groups (DeepSeek-V3's router), both of sigmoids.
TEST(RouterNodes, GroupsLimitTheNodesOfATokenAsInDeepSeekV3) {
  RouterSpec router{.score = Score::sigmoid};
  const auto free = mean_nodes({router, 8});
  router.n_group = 8;
  router.topk_group = 4;
  router.group_score = GroupScore::top2_sum;
  const auto limited = mean_nodes({router, 8});
  constexpr std::array expected_free = {5.295, 3.614, 1.993};
  constexpr std::array expected_limited = {3.965, 3.122, 1.967};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(free[i], expected_free[i], 0.006) << (8 >> i) << " nodes";
    EXPECT_NEAR(limited[i], expected_limited[i], 0.006) << (8 >> i) << " nodes";
  }
}

}  // namespace
}  // namespace moemark::kernels::test
