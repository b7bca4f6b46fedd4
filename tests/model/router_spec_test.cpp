// Which routers are said to be not built.
#include "model/router_spec.hpp"

#include <gtest/gtest.h>

namespace moemark {
namespace {

TEST(RouterSpec, PlainSoftmaxRoutersAreBuilt) {
  EXPECT_EQ(RouterSpec{}.why_not_built(), "");
  RouterSpec router;
  router.norm_topk_prob = false;
  router.scale = 16.0F;
  EXPECT_EQ(router.why_not_built(), "");
}

TEST(RouterSpec, NamesEveryPartThatIsNotBuilt) {
  RouterSpec router;
  router.select_bias = true;
  EXPECT_EQ(router.why_not_built(), "router with selection bias is not built yet");
  router.score = Score::sqrt_softplus;
  EXPECT_EQ(router.why_not_built(),
            "router with sqrt-softplus scores and selection bias is not built yet");
  router.score = Score::sigmoid;
  router.n_group = 8;
  EXPECT_EQ(router.why_not_built(),
            "router with sigmoid scores, selection bias and 8 groups is not built yet");
}

}  // namespace
}  // namespace moemark
