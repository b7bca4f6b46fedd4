// The `permute_only` baseline: what sorting and moving rows costs when nothing leaves the rank.
#pragma once

#include "dispatcher/baselines/baselines.hpp"

namespace moemark::dispatcher {

// Rows stay as the tokens are: fp8 is for the network, and there is none. Steps:
// layout (sort the rank's assignments by expert), permute (each token's row to its k places) and
// unpermute (weighted float32 sum of a token's rows, rounded once to the combine dtype), into
// buffers of its own; the last of them holds the result, [T, H].
Baseline make_permute_only(const Sizes& sizes, const TokenBatch& batch);

}  // namespace moemark::dispatcher
