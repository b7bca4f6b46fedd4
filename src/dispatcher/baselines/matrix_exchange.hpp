// An all-to-all-v of a given traffic matrix: a baseline that needs bytes between ranks, no routing.
#pragma once

#include "dispatcher/baselines/baselines.hpp"

namespace moemark::dispatcher {

// Collective. `bytes` [ranks, ranks] of the transport's ranks, which must outlive the baseline. The
// input holds a rank's segments behind each other by destination, the output by source.
Baseline make_matrix_exchange(comm::Transport& transport, const CountMatrix& bytes);

// The traffic of one rank of a job that runs it over all its ranks.
RankTraffic declare_matrix_exchange(const ExpertGroups& groups, int rank, const CountMatrix& bytes);

}  // namespace moemark::dispatcher
