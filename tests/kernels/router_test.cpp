// The router kernels against their definition: plain softmax top-k.
#include <cmath>
#include <limits>

#include "model/errors.hpp"
#include "router_fixture.hpp"

namespace moemark::kernels::test {
namespace {

class Router : public RouterTest {};

TEST_P(Router, IdsEqualAndWeightsAgreeOnManyRows) {
  for (const int experts : {8, 13, 60, 64, 128, 250}) {
    const auto values = 17'000 * static_cast<std::size_t>(experts);
    expect_reference(normal_values(values), experts, plain(6));
  }
}

TEST_P(Router, TiesGoToTheLowerId) {
  for (const int experts : {8, 13, 64, 200}) {
    const auto values = 3'000 * static_cast<std::size_t>(experts);
    for (const int topk : {1, 2, 7, 8}) {
      expect_reference(quantised(values, 0.25F), experts, plain(topk));
      expect_reference(quantised(values, 2.0F), experts, plain(topk));
    }
  }
}

TEST_P(Router, AllEqualRowsChooseTheFirstExperts) {
  const std::vector<float> logits(std::size_t{33} * 20, -1.5F);
  const Chosen chosen = choose(logits, 33, plain(5));
  for (std::size_t i = 0; i < chosen.ids.size(); ++i) {
    EXPECT_EQ(chosen.ids[i], static_cast<std::int32_t>(i % 5));
    EXPECT_FLOAT_EQ(chosen.weights[i], 0.2F);
  }
}

TEST_P(Router, NegativeZeroEqualsZero) {
  for (const int experts : {4, 19, 32}) {
    std::vector<float> logits(static_cast<std::size_t>(experts) * 100);
    for (float& logit : logits) logit = integer(0, 1) == 0 ? 0.0F : -0.0F;
    expect_reference(logits, experts, plain(4));
    EXPECT_EQ(choose(logits, experts, plain(2)).ids[1], 1);
  }
}

TEST_P(Router, SubnormalLogitsAreTold) {
  std::vector<float> logits(std::size_t{40} * 50);
  for (float& logit : logits) {
    logit = static_cast<float>(integer(-9, 9)) * std::numeric_limits<float>::denorm_min();
  }
  expect_reference(logits, 40, plain(6));
}

TEST_P(Router, EveryListLength) {
  for (const int experts : {1, 2, 3, 17, 40}) {
    for (int topk = 1; topk <= experts; ++topk) {
      expect_reference(quantised(21 * static_cast<std::size_t>(experts), 0.5F), experts,
                       plain(topk));
    }
  }
  for (const int topk : {63, 64, 65, 100, 130}) {  // 64 is the longest list kept in lanes
    expect_reference(quantised(std::size_t{11} * 130, 0.125F), 130, plain(topk));
  }
}

TEST_P(Router, EveryRowCount) {
  for (std::size_t tokens = 0; tokens <= 35; ++tokens) {
    expect_reference(normal_values(tokens * 24), 24, plain(3));
  }
}

TEST_P(Router, WeightsFollowTheRule) {
  for (const bool normalise : {true, false}) {
    for (const float scale : {1.0F, 2.5F}) {
      for (const int experts : {5, 16, 47, 256}) {
        expect_reference(normal_values(400 * static_cast<std::size_t>(experts), 4.0F), experts,
                         {{.norm_topk_prob = normalise, .scale = scale}, 5});
        expect_reference(normal_values(400 * static_cast<std::size_t>(experts), 60.0F), experts,
                         {{.norm_topk_prob = normalise, .scale = scale}, 5});
      }
    }
  }
}

TEST_P(Router, LogitsThatAreNoNumbersAreNamed) {
  for (const float bad : {std::nanf(""), -std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
    for (const std::size_t at : {0U, 151U, 760U}) {
      auto logits = normal_values(std::size_t{41} * 19);
      logits[at] = bad;
      const std::string named =
          "token " + std::to_string(at / 19) + ", expert " + std::to_string(at % 19) + " ";
      try {
        choose(logits, 19, plain(2));
        FAIL() << "accepted " << bad;
      } catch (const WrongResult& error) {
        EXPECT_NE(std::string(error.what()).find(named), std::string::npos) << error.what();
      }
    }
  }
}

TEST_P(Router, GateLogitsMatchTheReference) {
  for (const DType dtype : {DType::fp32, DType::bf16}) {
    for (const std::size_t hidden : {1U, 7U, 65U, 300U, 2049U}) {
      for (const std::size_t experts : {1U, 8U, 13U, 255U}) {
        for (const std::size_t tokens : {1U, 5U, 16U, 37U}) {
          const auto x = rounded(normal_values(tokens * hidden), dtype);
          const auto weight = normal_values(experts * hidden);
          const auto bias = tokens == 5 ? std::vector<float>() : normal_values(experts);
          const device::Buffer device_bias = upload(bias);
          const device::Buffer device_x = upload(encode(x, dtype));
          const device::Buffer device_weight = upload(weight);
          device::Buffer logits(tokens * experts * 4);
          gate_logits(stream_, {dtype, hidden, device_x.bytes()}, device_weight.as<float>(),
                      device_bias.as<float>(), logits.as<float>());
          const auto got = device::download(stream_, logits.as<float>());
          const auto truth = reference::gate_logits(x, weight, bias, hidden);
          // Against the expected square of a logit: one alone may cancel to nearly nothing.
          double diff = 0.0;
          for (std::size_t i = 0; i < truth.size(); ++i) diff += std::pow(got[i] - truth[i], 2);
          diff /= static_cast<double>(truth.size() * hidden);
          ASSERT_TRUE(diff <= 1e-11) << diff << " at " << tokens << "x" << hidden << "x" << experts;
        }
      }
    }
  }
}

TEST_P(Router, TheLogitsOfATokenDoNotDependOnItsNeighbours) {
  const auto x = normal_values(std::size_t{40} * 100);
  const auto weight = normal_values(std::size_t{20} * 100);
  std::vector<float> together(std::size_t{40} * 20);
  gate_logits(stream_, {DType::fp32, 100, std::as_bytes(std::span(x))}, weight, {}, together);
  for (std::size_t t = 0; t < 40; ++t) {
    std::vector<float> alone(20);
    const auto row = std::as_bytes(std::span(x).subspan(t * 100, 100));
    gate_logits(stream_, {DType::fp32, 100, row}, weight, {}, alone);
    for (std::size_t e = 0; e < 20; ++e) ASSERT_EQ(alone[e], together[t * 20 + e]);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryIsa, Router, testing::ValuesIn(runnable_instruction_sets()),
                         test_name);

// One answer for all machines: the choice and its weights, digit by digit.
TEST(RouterAcrossInstructionSets, WeightsHaveTheSameDigits) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0.0F, 3.0F);
  std::vector<float> logits(std::size_t{500} * 77);
  for (float& logit : logits) logit = normal(random);
  device::Stream stream;
  std::vector<float> first;
  for (const std::string& name : runnable_instruction_sets()) {
    use_instruction_set(name);
    for (const bool normalise : {true, false}) {
      std::vector<std::int32_t> ids(std::size_t{500} * 6);
      std::vector<float> weights(2 * ids.size());
      const auto half = std::span(weights).subspan(normalise ? 0 : ids.size(), ids.size());
      router_topk(stream, logits, 77, {{.norm_topk_prob = normalise}, 6}, {}, ids, half);
      if (normalise) continue;
      router_topk(stream, logits, 77, plain(6), {}, ids, std::span(weights).first(ids.size()));
      if (first.empty()) first = weights;
      EXPECT_EQ(weights, first) << name;
    }
  }
}

}  // namespace
}  // namespace moemark::kernels::test
