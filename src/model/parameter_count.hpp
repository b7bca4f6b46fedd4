// How many parameters a preset's dimensions add up to: the check that no dimension is a typo.
#pragma once

#include "model/model_preset.hpp"

namespace moemark {

// Untied embeddings + attention + dense FFN + per MoE layer router, shared expert, experts and the
// latent projections; norms and biases are left out (definitions: "Parameters"). Throws UsageError
// for a preset without a fixed number of experts.
double total_parameters(const ModelPreset& preset);

// What one token is multiplied with: as the total, but only top-k of the routed experts. The router
// counts whole, and so do both embeddings (as in Mixtral's published 12.9; some publishers leave
// one or both out, so nothing is compared). Throws as total_parameters().
double active_parameters(const ModelPreset& preset);

}  // namespace moemark
