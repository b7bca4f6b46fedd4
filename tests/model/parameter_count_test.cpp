// A preset's dimensions add up to its published size, so that no typo in them survives.
#include "model/parameter_count.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

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

// A total that is not checked is either not published, or counts what the dimensions do not have.
TEST(ParameterCount, OnlyTheseTotalsAreNotCompared) {
  std::set<std::string> unchecked;
  for (const auto& preset : load_presets(data_folder() / "presets.json")) {
    if (!preset.total_checked) unchecked.insert(preset.name);
  }
  EXPECT_EQ(unchecked,
            (std::set<std::string>{"deepseek-v4-flash", "deepseek-v4-pro", "glm-5", "gshard-600b",
                                   "jamba-v0.1", "kimi-k3", "longcat-flash", "minimax-m1",
                                   "minimax-m3", "one-expert-per-rank", "tiny", "tiny-grouped"}));
}

TEST(ParameterCount, ActiveIsWhatOneTokenMeets) {
  const auto presets = load_presets(data_folder() / "presets.json");
  const auto active = [&](const char* name) {
    return active_parameters(find_preset(presets, name)) / 1e9;
  };
  // As published by those who count both embeddings.
  EXPECT_NEAR(active("mixtral-8x7b"), 12.9, 0.05);
  EXPECT_NEAR(active("qwen3-235b-a22b"), 22.2, 0.05);
  for (const auto& preset : presets) {
    if (!preset.experts) continue;
    EXPECT_GT(active_parameters(preset), 0.0) << preset.name;
    EXPECT_LT(active_parameters(preset), total_parameters(preset)) << preset.name;
  }
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
  preset.topk = 3;
  EXPECT_EQ(active_parameters(preset), 2000 + 2 * (40 + 3 * 75 + 100) + 210);
  preset.shared_ffn = 2;
  EXPECT_EQ(active_parameters(preset), 2000 + 2 * (40 + 3 * 75 + 60 + 100) + 210);
  preset.experts.reset();
  EXPECT_THROW(total_parameters(preset), UsageError);
  EXPECT_THROW(active_parameters(preset), UsageError);
}

}  // namespace
}  // namespace moemark
