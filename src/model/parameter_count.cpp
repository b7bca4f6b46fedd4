// Adds up the weight matrices of a model. All in double: products exceed 2^31, never 2^53.
#include "model/parameter_count.hpp"

#include <fmt/format.h>

#include "model/errors.hpp"

namespace moemark {
namespace {

double grouped_query_attention(double hidden, const AttentionDims& attention) {
  const double query_and_output = 2.0 * attention.heads * attention.head_dim;
  const double key_and_value = 2.0 * attention.kv_heads * attention.head_dim;
  return hidden * (query_and_output + key_and_value);
}

double latent_attention(double hidden, double heads, const LatentAttentionDims& mla) {
  const double query_width = heads * (mla.nope + mla.rope);
  const double query = mla.q_lora == 0 ? hidden * query_width : mla.q_lora * (hidden + query_width);
  const double compress = hidden * (mla.kv_lora + mla.rope);
  const double expand = mla.kv_lora * heads * (mla.nope + mla.v);
  const double output = heads * mla.v * hidden;
  return query + compress + expand + output;
}

// `routed_experts` of the layer's experts count.
double moe_layer(const ModelPreset& preset, double experts, double routed_experts) {
  const double hidden = preset.hidden;
  const double row = preset.comm_hidden;
  const double router = hidden * experts;
  const double routed = routed_experts * preset.ffn_matrices * row * preset.expert_ffn;
  const double shared = preset.ffn_matrices * hidden * preset.shared_ffn;
  const double projections = preset.comm_hidden == preset.hidden ? 0.0 : 2.0 * hidden * row;
  return router + routed + shared + projections;
}

double parameters(const ModelPreset& preset, double experts, double routed_experts) {
  const double hidden = preset.hidden;
  const double attention =
      preset.attention.mla ? latent_attention(hidden, preset.attention.heads, *preset.attention.mla)
                           : grouped_query_attention(hidden, preset.attention);
  const double dense_layers = preset.layers - preset.moe_layers;
  const double dense = dense_layers * preset.ffn_matrices * hidden * preset.dense_ffn;
  return 2.0 * preset.vocab * hidden + preset.layers * attention + dense +
         preset.moe_layers * moe_layer(preset, experts, routed_experts);
}

int fixed_experts(const ModelPreset& preset) {
  if (!preset.experts) {
    throw UsageError(fmt::format("preset '{}' has no fixed number of experts", preset.name));
  }
  return *preset.experts;
}

}  // namespace

double total_parameters(const ModelPreset& preset) {
  const int experts = fixed_experts(preset);
  return parameters(preset, experts, experts);
}

double active_parameters(const ModelPreset& preset) {
  return parameters(preset, fixed_experts(preset), preset.topk);
}

}  // namespace moemark
