// The shipped presets load; malformed files give one sentence that names file, preset and field.
#include "model/model_preset.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "model/errors.hpp"

namespace moemark {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::filesystem::path shipped_file() {
  return data_folder() / "presets.json";
}

std::string shipped_text() {
  std::ifstream stream(shipped_file(), std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// A file with the given content, gone at the end of the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content)
      : path_(std::filesystem::path(testing::TempDir()) /
              (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) +
               ".presets.json")) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  TemporaryFile(TemporaryFile&&) = delete;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The error for a file of this content, or "" if it loads.
std::string error_for(const std::string& content) {
  const TemporaryFile file(content);
  try {
    load_presets(file.path());
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr(file.path().string()));
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    return error.what();
  }
  return "";
}

// A valid preset with one piece of its text replaced.
std::string error_with(const std::string& from, const std::string& to) {
  std::string text = R"({"schema": 1, "presets": [{"name": "p", "hidden": 64, "comm_hidden": 64,
    "experts": 8, "topk": 2, "expert_ffn": 128, "ffn_matrices": 3, "shared_ffn": 0,
    "moe_layers": 2, "layers": 2, "dense_ffn": 0, "router": {"score": "softmax",
    "norm_topk_prob": true, "scale": 1.0,
    "gate_bias": false, "select_bias": false, "n_group": 1, "topk_group": 1,
    "group_score": "none"}, "attn": {"heads": 0, "kv_heads": 0, "head_dim": 0, "mla": null},
    "vocab": 0, "total_b": null, "active_b": null, "weights_dtype": "bf16", "note": "",
    "source": "test", "total_checked": false}]})";
  const auto place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return error_for(text.replace(place, from.size(), to));
}

TEST(ModelPreset, AllShippedPresetsLoad) {
  const auto presets = load_presets(shipped_file());
  EXPECT_EQ(presets.size(), 43U);

  const auto& v3 = find_preset(presets, "deepseek-v3");
  EXPECT_EQ(v3.experts, 256);
  EXPECT_EQ(v3.topk, 8);
  EXPECT_EQ(v3.hidden, 7168);
  EXPECT_EQ(v3.router.score, Score::sigmoid);
  EXPECT_EQ(v3.router.group_score, GroupScore::top2_sum);
  EXPECT_EQ(v3.router.n_group, 8);
  EXPECT_EQ(v3.router.topk_group, 4);
  EXPECT_TRUE(v3.router.select_bias);
  EXPECT_FLOAT_EQ(v3.router.scale, 2.5F);
  EXPECT_EQ(v3.total_billion, 671.0);

  EXPECT_EQ(find_preset(presets, "one-expert-per-rank").experts, std::nullopt);
  EXPECT_EQ(find_preset(presets, "kimi-k3").comm_hidden, 3584);
  EXPECT_EQ(find_preset(presets, "tiny").total_billion, std::nullopt);
}

// Every dimension of every preset, compared with the file as a JSON library alone reads it.
TEST(ModelPreset, EveryFieldArrives) {
  const auto presets = load_presets(shipped_file());
  const auto json = nlohmann::json::parse(shipped_text()).at("presets");
  ASSERT_EQ(presets.size(), json.size());
  const std::map<Score, std::string> scores = {{Score::softmax, "softmax"},
                                               {Score::sigmoid, "sigmoid"},
                                               {Score::sqrt_softplus, "sqrt-softplus"}};
  const std::map<GroupScore, std::string> group_scores = {
      {GroupScore::none, "none"}, {GroupScore::max, "max"}, {GroupScore::top2_sum, "top2-sum"}};
  const auto number = [](const std::optional<double>& value) {
    return value ? nlohmann::json(*value) : nlohmann::json();
  };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const ModelPreset& p = presets[i];
    nlohmann::json mla;
    if (const auto& m = p.attention.mla) {
      mla = {{"q_lora", m->q_lora},
             {"kv_lora", m->kv_lora},
             {"nope", m->nope},
             {"rope", m->rope},
             {"v", m->v}};
    }
    const nlohmann::json all = {
        {"name", p.name},
        {"hidden", p.hidden},
        {"comm_hidden", p.comm_hidden},
        {"experts", p.experts ? nlohmann::json(*p.experts) : nlohmann::json("ranks")},
        {"topk", p.topk},
        {"expert_ffn", p.expert_ffn},
        {"ffn_matrices", p.ffn_matrices},
        {"shared_ffn", p.shared_ffn},
        {"moe_layers", p.moe_layers},
        {"layers", p.layers},
        {"dense_ffn", p.dense_ffn},
        {"router",
         {{"score", scores.at(p.router.score)},
          {"norm_topk_prob", p.router.norm_topk_prob},
          {"scale", p.router.scale},
          {"gate_bias", p.router.gate_bias},
          {"select_bias", p.router.select_bias},
          {"n_group", p.router.n_group},
          {"topk_group", p.router.topk_group},
          {"group_score", group_scores.at(p.router.group_score)}}},
        {"attn",
         {{"heads", p.attention.heads},
          {"kv_heads", p.attention.kv_heads},
          {"head_dim", p.attention.head_dim},
          {"mla", mla}}},
        {"vocab", p.vocab},
        {"total_b", number(p.total_billion)},
        {"active_b", number(p.active_billion)},
        {"total_checked", p.total_checked},
        {"weights_dtype", p.weights_dtype},
        {"note", p.note},
        {"source", p.source}};
    nlohmann::json expected = json[i];
    auto& scale = expected.at("router").at("scale");
    scale = scale.get<float>();
    EXPECT_EQ(all, expected) << p.name;
  }
}

TEST(ModelPreset, AMissingFieldIsNamedWithItsPreset) {
  const auto shipped = nlohmann::json::parse(shipped_text());
  const auto& first = shipped.at("presets").at(0);
  const auto refused_without = [&](const nlohmann::json::json_pointer& field) {
    nlohmann::json broken = shipped;
    broken.at("presets").at(0).at(field.parent_pointer()).erase(field.back());
    return error_for(broken.dump());
  };
  for (const auto& [key, value] : first.items()) {
    if (key == "name") continue;  // that preset is named by its number
    const auto sentence = refused_without(nlohmann::json::json_pointer("/" + key));
    EXPECT_THAT(sentence, HasSubstr("preset 1 '" + first.at("name").get<std::string>() + "'"));
    EXPECT_THAT(sentence, HasSubstr("field '" + key + "' is missing"));
    if (!value.is_object()) continue;
    for (const auto& [inner, unused] : value.items()) {
      const auto pointer = nlohmann::json::json_pointer(fmt::format("/{}/{}", key, inner));
      EXPECT_THAT(refused_without(pointer),
                  HasSubstr(fmt::format("field '{}.{}' is missing", key, inner)));
    }
  }
}

TEST(ModelPreset, AnUnknownNameListsTheKnownOnes) {
  const auto presets = load_presets(shipped_file());
  try {
    find_preset(presets, "mixtral");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("--preset: 'mixtral'"), HasSubstr("mixtral-8x7b"),
                                    HasSubstr("one-expert-per-rank")));
  }
}

TEST(ModelPreset, ScalingDividesWidthsOnly) {
  const auto presets = load_presets(shipped_file());
  const auto& v3 = find_preset(presets, "deepseek-v3");
  const auto eighth = scaled_preset(v3, 8);
  EXPECT_EQ(eighth.hidden, 896);
  EXPECT_EQ(eighth.comm_hidden, 896);
  EXPECT_EQ(eighth.expert_ffn, 256);
  EXPECT_EQ(eighth.shared_ffn, 256);
  EXPECT_EQ(eighth.dense_ffn, v3.dense_ffn / 8);
  EXPECT_EQ(eighth.experts, v3.experts);
  EXPECT_EQ(eighth.topk, v3.topk);
  EXPECT_EQ(eighth.router.n_group, v3.router.n_group);
  const auto smallest = scaled_preset(find_preset(presets, "tiny"), 1000);
  EXPECT_EQ(smallest.hidden, 1);
  EXPECT_EQ(smallest.shared_ffn, 0);
  EXPECT_THROW(scaled_preset(v3, 0), UsageError);
}

TEST(ModelPreset, TheEnvironmentMovesTheDataFolder) {
  ASSERT_EQ(setenv("MOEMARK_DATA", "elsewhere", 1), 0);
  EXPECT_EQ(data_folder(), "elsewhere");
  ASSERT_EQ(unsetenv("MOEMARK_DATA"), 0);
  EXPECT_TRUE(std::filesystem::exists(shipped_file()));
}

TEST(ModelPreset, AMissingOrEmptyFileIsNamed) {
  EXPECT_THROW(load_presets("no/such/presets.json"), UsageError);
  EXPECT_THROW(load_presets(testing::TempDir()), UsageError);
  EXPECT_THAT(error_for(""), HasSubstr("is empty"));
}

TEST(ModelPreset, ACutFileNamesTheByte) {
  const auto text = shipped_text();
  for (std::size_t size = 1; size + 2 < text.size(); size += 997) {
    EXPECT_THAT(error_for(text.substr(0, size)), HasSubstr("at byte ")) << size;
  }
}

TEST(ModelPreset, AFileOfAnotherShapeIsRefused) {
  for (const auto* text : {"1", "[]", "{}", R"({"presets": {}})", R"({"presets": []})"}) {
    EXPECT_THAT(error_for(text), HasSubstr("field 'presets'")) << text;
  }
  EXPECT_THAT(error_for(R"({"presets": [5]})"), HasSubstr("preset 1 must be an object"));
  EXPECT_THAT(error_for(R"({"presets": [{}]})"), HasSubstr("preset 1: field 'name' is missing"));
  for (const auto* name : {"", "a b", "a/b", "a,b", "a\\nb", "\\u00e4"}) {
    EXPECT_THAT(error_for(fmt::format(R"({{"presets": [{{"name": "{}"}}]}})", name)),
                HasSubstr("preset 1: field 'name' must be of letters"));
  }
}

TEST(ModelPreset, AWrongFieldIsNamedWithItsPreset) {
  EXPECT_EQ(error_with("test", "test"), "");
  const struct {
    const char *from, *to, *field;
  } cases[] = {
      {R"("hidden": 64)", R"("hidden": "64")", "'hidden'"},
      {R"("hidden": 64)", R"("hidden": 64.5)", "'hidden'"},
      {R"("hidden": 64)", R"("hidden": 0)", "'hidden'"},
      {R"("hidden": 64)", R"("hidden": 4294967360)", "'hidden'"},
      {R"("hidden": 64)", R"("hidden": 18446744073709551615)", "'hidden'"},
      {R"("hidden": 64)", R"("hiden": 64)", "'hidden' is missing"},
      {R"("experts": 8)", R"("experts": "rank")", "'experts'"},
      {R"("topk": 2)", R"("topk": 9)", "'topk'"},
      {R"("ffn_matrices": 3)", R"("ffn_matrices": 4)", "'ffn_matrices'"},
      {R"("scale": 1.0)", R"("scale": -1)", "'router.scale'"},
      {R"("scale": 1.0)", R"("scale": 1e39)", "'router.scale'"},
      {R"("scale": 1.0)", R"("scale": 1e-99)", "'router.scale'"},
      {R"("score": "softmax")", R"("score": "relu")", "'router.score'"},
      {R"("group_score": "none")", R"("group_score": 1)", "'router.group_score'"},
      {R"("n_group": 1)", R"("n_group": 3)", "'router.n_group'"},
      {R"("topk_group": 1)", R"("topk_group": 2)", "'router.topk_group'"},
      {R"("gate_bias": false)", R"("gate_bias": null)", "'router.gate_bias'"},
      {R"("select_bias": false)", R"("select_bias": 0)", "'router.select_bias'"},
      {R"("heads": 0)", R"("heads": -1)", "'attn.heads'"},
      {R"("mla": null)", R"("mla": 1)", "'attn.mla'"},
      {R"("mla": null)", R"("mla": {"q_lora": 1})", "'attn.mla.kv_lora' is missing"},
      {R"("total_b": null)", R"("total_b": "7B")", "'total_b'"},
      {R"("note": "")", R"("note": null)", "'note'"},
  };
  for (const auto& [from, to, field] : cases) {
    EXPECT_THAT(error_with(from, to), AllOf(HasSubstr("preset 1 'p'"), HasSubstr(field))) << to;
  }
}

}  // namespace
}  // namespace moemark
