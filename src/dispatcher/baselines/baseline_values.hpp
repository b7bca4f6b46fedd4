// Test data of baselines: what every rank puts in, and what must come out.
#pragma once

#include <cstddef>
#include <optional>

namespace moemark::dispatcher {

// Float i of a rank's input: a small whole number, so that sums over ranks are exact in any order.
float test_value(int rank, std::size_t i);

// The rank as far into the other half of the ranks; nothing for the last of an odd number.
std::optional<int> other_half(int rank, int ranks);

// Float i of a rank's output when all inputs are test values; `floats` is the entry's message in
// floats (of a rank's block where there are blocks).
float sum_of_ranks(int rank, int ranks, std::size_t floats, std::size_t i);
float sum_of_block(int rank, int ranks, std::size_t floats, std::size_t i);
float block_of_each(int rank, int ranks, std::size_t floats, std::size_t i);
float block_for_me(int rank, int ranks, std::size_t floats, std::size_t i);
float of_previous_rank(int rank, int ranks, std::size_t floats, std::size_t i);
float of_other_half(int rank, int ranks, std::size_t floats, std::size_t i);
float of_other_end(int rank, int ranks, std::size_t floats, std::size_t i);

}  // namespace moemark::dispatcher
