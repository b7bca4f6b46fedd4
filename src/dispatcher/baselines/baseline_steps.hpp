// How each baseline of the table is made; what `bytes` means stands there.
#pragma once

#include "dispatcher/baselines/baselines.hpp"

namespace moemark::dispatcher {

Baseline make_all_reduce(comm::Transport& transport, std::size_t bytes);
Baseline make_all_reduce_in_place(comm::Transport& transport, std::size_t bytes);
Baseline make_all_gather(comm::Transport& transport, std::size_t bytes);
Baseline make_all_gather_in_place(comm::Transport& transport, std::size_t bytes);
Baseline make_reduce_scatter(comm::Transport& transport, std::size_t bytes);
Baseline make_reduce_scatter_in_place(comm::Transport& transport, std::size_t bytes);
Baseline make_reduce_scatter_all_gather(comm::Transport& transport, std::size_t bytes);
Baseline make_reduce_scatter_all_gather_in_place(comm::Transport& transport, std::size_t bytes);
Baseline make_uniform_alltoall(comm::Transport& transport, std::size_t bytes);
Baseline make_ring(comm::Transport& transport, std::size_t bytes);
Baseline make_bisection(comm::Transport& transport, std::size_t bytes);
Baseline make_pingpong(comm::Transport& transport, std::size_t bytes);

// Bytes of whole floats that hold `bytes`.
std::size_t float_bytes(std::size_t bytes);
// Floats of a rank's block where the ranks share a vector of `bytes`, the last block padded.
std::size_t block_floats(std::size_t bytes, std::size_t ranks);

}  // namespace moemark::dispatcher
