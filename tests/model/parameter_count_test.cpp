// A preset's dimensions add up to its published size, so that no typo in them survives.
#include "model/parameter_count.hpp"

#include <gtest/gtest.h>

#include "model/errors.hpp"

namespace moemark {
namespace {

TEST(ParameterCount, MatchesThePublishedTotals) {
  int checked = 0;
  for (const auto& preset : load_presets(data_folder() / "presets.json")) {
    if (!preset.total_checked) continue;
    const double published = 1e9 * preset.total_billion.value_or(0.0);
    EXPECT_NEAR(total_parameters(preset) / published, 1.0, 0.015) << preset.name;
    ++checked;
  }
  EXPECT_EQ(checked, 31);
}

TEST(ParameterCount, ByHand) {
  ModelPreset preset;
  preset.hidden = preset.comm_hidden = 10;
  preset.experts = 4;
  preset.expert_ffn = 5;
  preset.moe_layers = 2;
  preset.layers = 3;
  preset.dense_ffn = 7;
  preset.vocab = 100;
  // Embeddings 2000, two MoE layers of 40 + 4 * 150, one dense layer of 210.
  EXPECT_EQ(total_parameters(preset), 2000 + 2 * 640 + 210);
  preset.comm_hidden = 5;
  EXPECT_EQ(total_parameters(preset), 2000 + 2 * (40 + 4 * 75 + 100) + 210);
  preset.experts.reset();
  EXPECT_THROW(total_parameters(preset), UsageError);
}

}  // namespace
}  // namespace moemark
