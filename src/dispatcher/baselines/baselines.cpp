// The table of baselines: a line each, with what it moves by formula.
#include "dispatcher/baselines/baselines.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "dispatcher/baselines/baseline_steps.hpp"
#include "dispatcher/baselines/baseline_values.hpp"
#include "dispatcher/baselines/permute_only.hpp"
#include "dispatcher/parts/layout.hpp"
#include "model/errors.hpp"

namespace moemark::dispatcher {
namespace {

std::size_t every_pair(int /*source*/, int /*destination*/, int /*ranks*/, std::size_t bytes) {
  return bytes;
}

std::size_t every_pair_floats(int /*source*/, int /*destination*/, int /*ranks*/,
                              std::size_t bytes) {
  return float_bytes(bytes);
}

std::size_t next_rank(int source, int destination, int ranks, std::size_t bytes) {
  return destination == (source + 1) % ranks ? bytes : 0;
}

std::size_t across_the_middle(int source, int destination, int ranks, std::size_t bytes) {
  return other_half(source, ranks) == destination ? bytes : 0;
}

std::size_t ring_all_reduce(int source, int destination, int ranks, std::size_t bytes) {
  const std::size_t share = 2 * static_cast<std::size_t>(ranks - 1) * float_bytes(bytes) /
                            static_cast<std::size_t>(ranks);
  return ranks == 1 ? 0 : next_rank(source, destination, ranks, share);
}

std::size_t ring_of_blocks(int source, int destination, int ranks, std::size_t bytes) {
  const auto count = static_cast<std::size_t>(ranks);
  const std::size_t share = (count - 1) * 4 * block_floats(bytes, count);
  return ranks == 1 ? 0 : next_rank(source, destination, ranks, share);
}

std::size_t nothing(int /*source*/, int /*destination*/, int /*ranks*/, std::size_t /*bytes*/) {
  return 0;
}

std::size_t first_to_last(int source, int destination, int ranks, std::size_t bytes) {
  return source == 0 && destination == ranks - 1 ? bytes : 0;
}

double all_reduce_factor(double ranks) {
  return 2.0 * (ranks - 1.0) / ranks;
}
double all_but_own_factor(double ranks) {
  return (ranks - 1.0) / ranks;
}
double point_to_point_factor(double /*ranks*/) {
  return 1.0;
}

constexpr std::array table = {
    BaselineEntry{.name = "all_reduce",
                  .summary = "sum of a vector of that many bytes (tensor parallelism)",
                  .least_ranks = 1,
                  .make = &make_all_reduce,
                  .bytes_between = &ring_all_reduce,
                  .block_per_rank = false,
                  .bus_factor = &all_reduce_factor,
                  .reduces = true,
                  .delivers = &sum_of_ranks,
                  .make_in_place = &make_all_reduce_in_place},
    BaselineEntry{.name = "all_gather",
                  .summary = "that many bytes of each rank to every rank",
                  .least_ranks = 1,
                  .make = &make_all_gather,
                  .bytes_between = &every_pair,
                  .block_per_rank = true,
                  .bus_factor = &all_but_own_factor,
                  .delivers = &block_of_each,
                  .make_in_place = &make_all_gather_in_place},
    BaselineEntry{.name = "reduce_scatter",
                  .summary = "sum of a block of that many bytes for each rank",
                  .least_ranks = 1,
                  .make = &make_reduce_scatter,
                  .bytes_between = &every_pair_floats,
                  .block_per_rank = true,
                  .bus_factor = &all_but_own_factor,
                  .reduces = true,
                  .delivers = &sum_of_block,
                  .make_in_place = &make_reduce_scatter_in_place},
    BaselineEntry{.name = "reduce_scatter_all_gather",
                  .summary = "the all-reduce in its two halves, one after the other",
                  .least_ranks = 1,
                  .make = &make_reduce_scatter_all_gather,
                  .bytes_between = &ring_of_blocks,
                  .block_per_rank = false,
                  .bus_factor = &all_reduce_factor,
                  .rounds = 2,
                  .reduces = true,
                  .delivers = &sum_of_ranks,
                  .make_in_place = &make_reduce_scatter_all_gather_in_place},
    BaselineEntry{.name = "uniform_alltoall",
                  .summary = "that many bytes from each rank to each rank",
                  .least_ranks = 1,
                  .make = &make_uniform_alltoall,
                  .bytes_between = &every_pair,
                  .block_per_rank = true,
                  .bus_factor = &all_but_own_factor,
                  .message = MessageOf::uniform,
                  .delivers = &block_for_me},
    BaselineEntry{.name = "ring",
                  .summary = "that many bytes to the next rank, all ranks at once",
                  .least_ranks = 2,
                  .make = &make_ring,
                  .bytes_between = &next_rank,
                  .block_per_rank = false,
                  .bus_factor = &point_to_point_factor,
                  .message = MessageOf::pair,
                  .delivers = &of_previous_rank},
    BaselineEntry{
        .name = "bisection",
        .summary = "that many bytes each way between rank i and rank i + R/2, all at once",
        .least_ranks = 2,
        .make = &make_bisection,
        .bytes_between = &across_the_middle,
        .block_per_rank = false,
        .bus_factor = &point_to_point_factor,
        .message = MessageOf::pair,
        .delivers = &of_other_half},
    BaselineEntry{.name = "pingpong",
                  .summary = "that many bytes first to last rank, half the round trip",
                  .least_ranks = 2,
                  .make = &make_pingpong,
                  .bytes_between = &first_to_last,
                  .block_per_rank = false,
                  .bus_factor = &point_to_point_factor,
                  .message = MessageOf::pair,
                  .delivers = &of_other_end},
    BaselineEntry{.name = "permute_only",
                  .summary = "sort, permute and unpermute of the rank's own rows, no network",
                  .least_ranks = 1,
                  .make = nullptr,
                  .bytes_between = &nothing,
                  .block_per_rank = false,
                  .bus_factor = &point_to_point_factor,
                  .make_of_tokens = &make_permute_only},
};

}  // namespace

std::span<const BaselineEntry> baselines() {
  return table;
}

const BaselineEntry& find_baseline(std::string_view flag, std::string_view name) {
  std::vector<std::string_view> names;
  names.reserve(table.size());
  for (const BaselineEntry& known : table) {
    if (known.name == name) return known;
    names.push_back(known.name);
  }
  throw UsageError(fmt::format("{}: '{}' is not known; allowed: all, none, {}", flag, name,
                               fmt::join(names, ", ")));
}

RankTraffic declare_baseline(const BaselineEntry& entry, const ExpertGroups& groups, int rank,
                             std::size_t bytes) {
  const RankTraffic round =
      declare_exchange(groups, rank, Direction::dispatch, 1, [&](int source, int destination) {
        return static_cast<std::int64_t>(
            entry.bytes_between(source % groups.ep, destination % groups.ep, groups.ep, bytes));
      });
  RankTraffic all;
  for (int i = 0; i < entry.rounds; ++i) all += round;
  return all;
}

}  // namespace moemark::dispatcher
