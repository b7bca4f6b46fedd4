// How many parameters a preset's dimensions add up to: the check that no dimension is a typo.
#pragma once

#include "model/model_preset.hpp"

namespace moemark {

// Untied embeddings + attention + dense FFN + per MoE layer router, shared expert, experts and the
// latent projections; norms and biases are left out (definitions: "Parameters"). Throws UsageError
// for a preset without a fixed number of experts.
double total_parameters(const ModelPreset& preset);

}  // namespace moemark
