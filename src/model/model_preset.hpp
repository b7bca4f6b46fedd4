// A model's MoE dimensions, read from data/presets.json.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/router_spec.hpp"

namespace moemark {

// Multi-head latent attention: ranks of the compressed query (0: not compressed) and key-value,
// and per head the query-key width without and with rotation and the value width.
struct LatentAttentionDims {
  int q_lora = 0;
  int kv_lora = 0;
  int nope = 0;
  int rope = 0;
  int v = 0;
};

struct AttentionDims {
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;
  std::optional<LatentAttentionDims> mla = std::nullopt;
};

struct ModelPreset {
  std::string name;
  int hidden = 0;              // width of the residual stream
  int comm_hidden = 0;         // width of a dispatched row (latent MoE: smaller than hidden)
  std::optional<int> experts;  // empty: one expert per rank of the EP group
  int topk = 0;
  int expert_ffn = 0;    // inner width of one routed expert
  int ffn_matrices = 3;  // 3: gate, up, down (SwiGLU); 2: up, down
  int shared_ffn = 0;    // inner width of the shared expert, 0 if none
  int moe_layers = 0;
  int layers = 0;
  int dense_ffn = 0;
  RouterSpec router;
  AttentionDims attention;
  int vocab = 0;
  std::optional<double> total_billion;  // published parameter counts
  std::optional<double> active_billion;
  bool total_checked = false;
  std::string weights_dtype;
  std::string note;
  std::string source;
};

// The presets of a file's text, in its order; `file` begins the sentence of a UsageError, which
// names the preset and the field too.
std::vector<ModelPreset> parse_presets(const std::string& text, const std::string& file);

// All presets of the file, in its order. Throws UsageError naming the file, the preset and the
// field when the file is missing, cut or malformed.
std::vector<ModelPreset> load_presets(const std::filesystem::path& file);

// Throws UsageError naming --preset, the value and the known names.
const ModelPreset& find_preset(const std::vector<ModelPreset>& presets, const std::string& name);

// `--scale 1/N`: divides hidden, comm_hidden and every FFN width by N (at least 1) and keeps
// experts, top-k and groups, so that routing and message counts stay those of the model.
ModelPreset scaled_preset(const ModelPreset& preset, int divisor);

// The folder of presets.json and expert-counts.csv: $MOEMARK_DATA, else the one beside the source.
std::filesystem::path data_folder();

}  // namespace moemark
