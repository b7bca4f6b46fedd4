// Test data of baselines.
#include "dispatcher/baselines/baseline_values.hpp"

namespace moemark::dispatcher {
namespace {

// Primes that keep neighbours apart: a shift by one element, rank or block shows.
constexpr std::size_t values = 251;
constexpr std::size_t per_rank = 131;
constexpr std::size_t per_element = 31;

}  // namespace

float test_value(int rank, std::size_t i) {
  const std::size_t mixed =
      static_cast<std::size_t>(rank) * per_rank + i * per_element + i / values;
  constexpr std::size_t middle = values / 2;
  return static_cast<float>(mixed % values) - static_cast<float>(middle);
}

float sum_of_ranks(int /*rank*/, int ranks, std::size_t /*floats*/, std::size_t i) {
  float sum = 0.0F;
  for (int r = 0; r < ranks; ++r) sum += test_value(r, i);
  return sum;
}

float sum_of_block(int rank, int ranks, std::size_t floats, std::size_t i) {
  return sum_of_ranks(rank, ranks, floats, static_cast<std::size_t>(rank) * floats + i);
}

float block_of_each(int /*rank*/, int /*ranks*/, std::size_t floats, std::size_t i) {
  return test_value(static_cast<int>(i / floats), i % floats);
}

float block_for_me(int rank, int /*ranks*/, std::size_t floats, std::size_t i) {
  return test_value(static_cast<int>(i / floats),
                    static_cast<std::size_t>(rank) * floats + i % floats);
}

float of_previous_rank(int rank, int ranks, std::size_t /*floats*/, std::size_t i) {
  return test_value((rank + ranks - 1) % ranks, i);
}

std::optional<int> other_half(int rank, int ranks) {
  const int half = ranks / 2;
  if (rank >= 2 * half) return std::nullopt;
  return rank < half ? rank + half : rank - half;
}

float of_other_half(int rank, int ranks, std::size_t /*floats*/, std::size_t i) {
  const auto other = other_half(rank, ranks);
  return other ? test_value(*other, i) : 0.0F;  // gets nothing
}

float of_other_end(int rank, int ranks, std::size_t /*floats*/, std::size_t i) {
  if (rank != 0 && rank != ranks - 1) return 0.0F;  // gets nothing
  return test_value(ranks - 1 - rank, i);
}

}  // namespace moemark::dispatcher
