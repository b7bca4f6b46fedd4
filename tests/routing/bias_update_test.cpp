// The update of a selection bias, by hand, and what the parser refuses.
#include "routing/bias_update.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "model/errors.hpp"

namespace moemark {
namespace {

TEST(BiasUpdate, SignMovesEveryBiasByTheRate) {
  std::vector<float> bias = {0.5F, 0.0F, -0.25F, 1.0F};
  parse_bias_update("sign:0.125").apply(std::array<std::int64_t, 4>{0, 9, 3, 0}, bias);  // mean 3
  EXPECT_EQ(bias, (std::vector{0.625F, -0.125F, -0.25F, 1.125F}));
}

TEST(BiasUpdate, ProportionalMovesByTheMissingShareOfTheMean) {
  std::vector<float> bias(4, 0.0F);
  parse_bias_update("proportional:0.5").apply(std::array<std::int64_t, 4>{0, 8, 4, 4}, bias);
  EXPECT_EQ(bias, (std::vector{0.5F, -0.5F, 0.0F, 0.0F}));
}

TEST(BiasUpdate, WithoutLoadNothingChanges) {
  std::vector<float> bias = {1.0F, 2.0F};
  BiasUpdate{}.apply(std::array<std::int64_t, 2>{0, 0}, bias);
  EXPECT_EQ(bias, (std::vector{1.0F, 2.0F}));
}

TEST(BiasUpdate, RefusesInOneSentence) {
  for (const char* text : {"", "sign", "sign:", "sign:0", "sign:-1", "sign:2", "sign:nan",
                           "sign:0.1x", "adam:0.1", "proportional:inf"}) {
    try {
      parse_bias_update(text);
      ADD_FAILURE() << text;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(std::string("--bias-update: '") + text + "'"),
                std::string::npos);
    }
  }
}

}  // namespace
}  // namespace moemark
