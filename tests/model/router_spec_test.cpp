// What a router is in words, and which of its combinations there can be.
#include "model/router_spec.hpp"

#include <gtest/gtest.h>

namespace moemark {
namespace {

RouterSpec deepseek_v3() {
  RouterSpec router{.score = Score::sigmoid, .scale = 2.5F, .select_bias = true};
  router.n_group = 8;
  router.topk_group = 4;
  router.group_score = GroupScore::top2_sum;
  return router;
}

TEST(RouterSpec, SaysInWordsWhatItDoes) {
  EXPECT_EQ(RouterSpec{}.text(), "softmax, renormalised");
  EXPECT_EQ(deepseek_v3().text(), "sigmoid, bias, 4 of 8 groups by top2-sum, renormalised, x2.5");
  RouterSpec router{.score = Score::sqrt_softplus, .norm_topk_prob = false, .gate_bias = true};
  EXPECT_EQ(router.text(), "sqrt-softplus, gate bias");
}

TEST(RouterSpec, ComparesLogitsWithoutBiasAndGroupsOnly) {
  EXPECT_TRUE(RouterSpec{}.selects_by_logit());
  EXPECT_FALSE(deepseek_v3().selects_by_logit());
  EXPECT_FALSE(RouterSpec{.select_bias = true}.selects_by_logit());
  EXPECT_FALSE((RouterSpec{.n_group = 2, .topk_group = 1}.selects_by_logit()));
}

TEST(RouterSpec, NamesWhatIsImpossible) {
  EXPECT_EQ(RouterSpec{}.why_impossible(8, 8), "");
  EXPECT_EQ(RouterSpec{}.why_impossible(8, 9), "top-9 of 8 experts");
  RouterSpec router = deepseek_v3();
  EXPECT_EQ(router.why_impossible(256, 8), "");
  EXPECT_EQ(router.why_impossible(256, 128), "");
  EXPECT_EQ(router.why_impossible(256, 129), "top-129 of the 128 experts that 4 of 8 groups hold");
  EXPECT_EQ(router.why_impossible(60, 4), "60 experts do not divide into 8 groups");
  router.topk_group = 9;
  EXPECT_EQ(router.why_impossible(256, 8), "9 of 8 groups for a token");
  router.topk_group = 4;
  router.group_score = GroupScore::none;
  EXPECT_EQ(router.why_impossible(256, 8), "8 groups without a group score");
}

}  // namespace
}  // namespace moemark
