// Loads, finds and scales model presets.
#include "model/model_preset.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "model/errors.hpp"
#include "model/preset_fields.hpp"

namespace moemark {
namespace {

std::string file_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  // A directory opens, but does not read.
  if (!stream.is_open() || std::filesystem::is_directory(file)) {
    throw UsageError(fmt::format("presets file {} cannot be read", file.string()));
  }
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

nlohmann::json parsed(const std::string& text, const std::string& file) {
  if (text.empty()) throw UsageError(fmt::format("presets file {} is empty", file));
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    const auto* syntax = dynamic_cast<const nlohmann::json::parse_error*>(&error);
    if (syntax == nullptr) throw UsageError(fmt::format("{}: not a presets file", file));
    throw UsageError(fmt::format("{}: malformed or cut JSON at byte {}", file, syntax->byte));
  }
}

Score read_score(const PresetFields& router) {
  if (router.is_word("score", "softmax")) return Score::softmax;
  if (router.is_word("score", "sigmoid")) return Score::sigmoid;
  if (router.is_word("score", "sqrt-softplus")) return Score::sqrt_softplus;
  router.fail("score", "must be softmax, sigmoid or sqrt-softplus");
}

GroupScore read_group_score(const PresetFields& router) {
  if (router.is_word("group_score", "none")) return GroupScore::none;
  if (router.is_word("group_score", "max")) return GroupScore::max;
  if (router.is_word("group_score", "top2-sum")) return GroupScore::top2_sum;
  router.fail("group_score", "must be none, max or top2-sum");
}

RouterSpec read_router(const PresetFields& fields) {
  RouterSpec router;
  router.score = read_score(fields);
  router.norm_topk_prob = fields.boolean("norm_topk_prob");
  router.scale = static_cast<float>(fields.positive_number("scale"));
  if (router.scale == 0.0F || !std::isfinite(router.scale)) {
    fields.fail("scale", "must be within float32");
  }
  router.gate_bias = fields.boolean("gate_bias");
  router.select_bias = fields.boolean("select_bias");
  router.n_group = fields.integer("n_group", 1);
  router.topk_group = fields.integer("topk_group", 1);
  router.group_score = read_group_score(fields);
  if (router.topk_group > router.n_group) fields.fail("topk_group", "must not exceed n_group");
  return router;
}

AttentionDims read_attention(const PresetFields& fields) {
  AttentionDims attention;
  attention.heads = fields.integer("heads", 0);
  attention.kv_heads = fields.integer("kv_heads", 0);
  attention.head_dim = fields.integer("head_dim", 0);
  if (fields.is_null("mla")) return attention;
  const auto mla = fields.object("mla");
  attention.mla = {mla.integer("q_lora", 0), mla.integer("kv_lora", 1), mla.integer("nope", 0),
                   mla.integer("rope", 0), mla.integer("v", 1)};
  return attention;
}

// Names stand in those of cases, in tables and in CSV files.
bool can_name_a_case(std::string_view name) {
  const auto fits = [](unsigned char c) {
    return c < 128 && (std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_');
  };
  return !name.empty() && std::ranges::all_of(name, fits);
}

void check_expert_counts(const ModelPreset& preset, const PresetFields& fields) {
  if (!preset.experts) return;
  if (*preset.experts % preset.router.n_group != 0) {
    fields.fail("router.n_group", "must divide the number of experts");
  }
  // Definitions, "Router": k > topk_groups * E / groups is refused.
  const int reachable = *preset.experts / preset.router.n_group * preset.router.topk_group;
  if (preset.topk > reachable) {
    fields.fail("topk", fmt::format("must not exceed the {} experts a token can reach", reachable));
  }
}

ModelPreset read_preset(const PresetFields& fields) {
  ModelPreset preset;
  preset.name = fields.text("name");
  preset.hidden = fields.integer("hidden", 1);
  preset.comm_hidden = fields.integer("comm_hidden", 1);
  if (!fields.is_word("experts", "ranks")) preset.experts = fields.integer("experts", 1);
  preset.topk = fields.integer("topk", 1);
  preset.expert_ffn = fields.integer("expert_ffn", 1);
  preset.ffn_matrices = fields.integer("ffn_matrices", 2);
  if (preset.ffn_matrices > 3) fields.fail("ffn_matrices", "must be 2 or 3");
  preset.shared_ffn = fields.integer("shared_ffn", 0);
  preset.moe_layers = fields.integer("moe_layers", 1);
  preset.layers = fields.integer("layers", 1);
  preset.dense_ffn = fields.integer("dense_ffn", 0);
  preset.router = read_router(fields.object("router"));
  check_expert_counts(preset, fields);
  preset.attention = read_attention(fields.object("attn"));
  preset.vocab = fields.integer("vocab", 0);
  preset.total_billion = fields.optional_number("total_b");
  preset.active_billion = fields.optional_number("active_b");
  preset.total_checked = fields.boolean("total_checked");
  preset.weights_dtype = fields.text("weights_dtype");
  preset.note = fields.text("note");
  preset.source = fields.text("source");
  return preset;
}

}  // namespace

std::vector<ModelPreset> load_presets(const std::filesystem::path& file) {
  return parse_presets(file_text(file), file.string());
}

std::vector<ModelPreset> parse_presets(const std::string& text, const std::string& file) {
  const auto json = parsed(text, file);
  const auto list = json.is_object() ? json.find("presets") : json.end();
  if (list == json.end() || !list->is_array() || list->empty()) {
    throw UsageError(
        fmt::format("{}: field 'presets' must be a list of at least one preset", file));
  }
  std::vector<ModelPreset> presets;
  for (const auto& entry : *list) {
    const auto place = fmt::format("{}: preset {}", file, presets.size() + 1);
    const PresetFields unnamed(entry, place);
    const auto name = unnamed.text("name");
    if (!can_name_a_case(name)) {
      unnamed.fail("name", "must be of letters, digits, '.', '-' and '_'");
    }
    const auto where = fmt::format("{} '{}'", place, name);
    if (std::ranges::find(presets, name, &ModelPreset::name) != presets.end()) {
      throw UsageError(where + ": field 'name' repeats an earlier preset's");
    }
    presets.push_back(read_preset(PresetFields(entry, where)));
  }
  return presets;
}

const ModelPreset& find_preset(const std::vector<ModelPreset>& presets, const std::string& name) {
  const auto found = std::ranges::find(presets, name, &ModelPreset::name);
  if (found != presets.end()) return *found;
  std::vector<std::string> known;
  std::ranges::transform(presets, std::back_inserter(known), &ModelPreset::name);
  throw UsageError(
      fmt::format("--preset: '{}' is not known; allowed: {}", name, fmt::join(known, " ")));
}

ModelPreset scaled_preset(const ModelPreset& preset, int divisor) {
  if (divisor < 1) {
    throw UsageError(fmt::format("--scale: '1/{}': the divisor must be at least 1", divisor));
  }
  // A width of 0 says that the model has no such part, and stays so.
  const auto scaled = [divisor](int width) {
    return width == 0 ? 0 : std::max(1, width / divisor);
  };
  ModelPreset result = preset;
  for (int* width : {&result.hidden, &result.comm_hidden, &result.expert_ffn, &result.shared_ffn,
                     &result.dense_ffn}) {
    *width = scaled(*width);
  }
  return result;
}

std::filesystem::path data_folder() {
  const char* chosen = std::getenv("MOEMARK_DATA");
  return chosen != nullptr && *chosen != '\0' ? chosen : MOEMARK_DATA_FOLDER;
}

}  // namespace moemark
