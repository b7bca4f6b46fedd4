// The router kernels against what published gates choose: tests/kernels/router_goldens.txt, which
// scripts/make-router-goldens wrote from the public code of each. The rule comes from the preset,
// so that a wrong preset fails too.
#include <fstream>
#include <set>
#include <sstream>

#include "model/model_preset.hpp"
#include "router_fixture.hpp"

namespace moemark::kernels::test {
namespace {

constexpr float step = 0x1p-12F;  // of the logits and biases in the file

struct Golden {
  std::string preset;
  int experts = 0;
  int topk = 0;
  std::vector<float> bias;    // [E] or empty
  std::vector<float> logits;  // [T, E]
  std::vector<std::int32_t> ids;
  std::vector<double> weights;  // [T, k]
};

template <class Value>
std::vector<Value> numbers(const std::string& line) {
  std::istringstream words(line);
  std::vector<Value> values;
  for (Value value; words >> value;) values.push_back(value);
  return values;
}

void append_logits(const std::string& line, std::vector<float>& logits) {
  for (const int multiple : numbers<int>(line)) {
    logits.push_back(static_cast<float>(multiple) * step);
  }
}

std::vector<Golden> goldens() {
  std::ifstream file(MOEMARK_ROUTER_GOLDENS);
  std::vector<Golden> all;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    Golden& golden = all.emplace_back();
    std::istringstream head(line);
    std::string word;
    int tokens = 0;
    head >> word >> golden.preset >> golden.experts >> golden.topk >> tokens;
    std::getline(file, line);
    if (line != "-") append_logits(line, golden.bias);
    for (int t = 0; t < tokens; ++t) {
      std::getline(file, line);
      append_logits(line, golden.logits);
      std::getline(file, line);
      std::ranges::copy(numbers<std::int32_t>(line), std::back_inserter(golden.ids));
      std::getline(file, line);
      std::ranges::copy(numbers<double>(line), std::back_inserter(golden.weights));
    }
    const auto count = static_cast<std::size_t>(tokens);
    EXPECT_EQ(golden.logits.size(), count * static_cast<std::size_t>(golden.experts));
    EXPECT_EQ(golden.ids.size(), count * static_cast<std::size_t>(golden.topk));
    EXPECT_EQ(golden.weights.size(), golden.ids.size());
  }
  return all;
}

class RouterGoldens : public RouterTest {};

TEST_P(RouterGoldens, PublishedGatesChooseTheSame) {
  const std::vector<ModelPreset> presets = load_presets(data_folder() / "presets.json");
  std::set<std::string> seen;
  for (const Golden& golden : goldens()) {
    SCOPED_TRACE(golden.preset);
    const ModelPreset& preset = find_preset(presets, golden.preset);
    ASSERT_EQ(preset.experts, golden.experts);
    ASSERT_EQ(preset.topk, golden.topk);
    const Chosen chosen =
        choose(golden.logits, golden.experts, {preset.router, preset.topk}, golden.bias);
    ASSERT_EQ(chosen.ids, golden.ids);
    for (std::size_t i = 0; i < golden.weights.size(); ++i) {
      ASSERT_NEAR(chosen.weights[i] / golden.weights[i], 1.0, 1e-6) << "assignment " << i;
    }
    seen.insert(golden.preset);
  }
  EXPECT_EQ(seen,
            (std::set<std::string>{"mixtral-8x7b", "deepseek-v2", "deepseek-v3", "qwen3-30b-a3b",
                                   "gpt-oss-120b", "llama4-maverick", "olmoe-1b-7b"}));
}

INSTANTIATE_TEST_SUITE_P(EveryIsa, RouterGoldens, testing::ValuesIn(runnable_instruction_sets()),
                         test_name);

}  // namespace
}  // namespace moemark::kernels::test
