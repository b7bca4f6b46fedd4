// An all-to-all-v of a given traffic matrix: a baseline that needs bytes between ranks, no routing.
#pragma once

#include "dispatcher/baselines/baselines.hpp"

namespace moemark::dispatcher {

// Collective. `rows` [ranks, ranks] of the transport's ranks, which must outlive the baseline; rows
// of other than 1 byte are announced to it. The input holds a rank's segments behind each other by
// destination, the output by source.
Baseline make_matrix_exchange(comm::Transport& transport, const CountMatrix& rows,
                              std::size_t row_bytes = 1,
                              comm::Schedule schedule = comm::Schedule::library());

// The traffic of one rank of a job that runs it over all its ranks.
RankTraffic declare_matrix_exchange(const ExpertGroups& groups, int rank, const CountMatrix& bytes);
// The same where every EP group runs it over its own, `rows` [ep, ep].
RankTraffic declare_group_exchange(const ExpertGroups& groups, int rank, const CountMatrix& rows,
                                   std::size_t row_bytes);

}  // namespace moemark::dispatcher
