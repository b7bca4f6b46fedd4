// The baselines: one small function and one table line each.
#include "dispatcher/baselines.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <memory>

#include "dispatcher/parts/layout.hpp"
#include "dispatcher/permute_only.hpp"
#include "model/errors.hpp"

namespace moemark::dispatcher {
namespace {

using comm::Cargo;
using comm::CountedAs;
using comm::Element;
using comm::Schedule;
using comm::Segment;
using comm::Transport;

std::size_t rank_count(const Transport& transport) {
  return static_cast<std::size_t>(transport.size());
}

// Buffers of the given sizes, written once so that every page exists.
Baseline with_buffers(std::initializer_list<std::size_t> sizes) {
  Baseline baseline;
  device::Stream stream;
  for (const std::size_t bytes : sizes) {
    device::fill_bytes(stream, baseline.buffers.emplace_back(bytes).bytes(), std::byte{0});
  }
  stream.synchronize();
  return baseline;
}

void add_transfer(Baseline& baseline, std::function<void(device::Stream&)> run) {
  baseline.steps.push_back({"transfer", StepKind::rows, std::move(run)});
}

std::size_t float_bytes(std::size_t bytes) {
  return (bytes + 3) / 4 * 4;
}

// float32 elements, as many bytes as asked for (Open MPI reduces no bfloat16).
Baseline make_all_reduce(Transport& transport, std::size_t bytes) {
  Baseline baseline = with_buffers({float_bytes(bytes), float_bytes(bytes)});
  add_transfer(baseline, [&transport, send = baseline.buffers[0].bytes(),
                          receive = baseline.buffers[1].bytes()](device::Stream& stream) {
    transport.all_reduce(stream, send, receive, Element::float32, comm::Reduction::sum,
                         send.size() / 4, Cargo::payload);
  });
  return baseline;
}

Baseline make_all_gather(Transport& transport, std::size_t bytes) {
  Baseline baseline = with_buffers({bytes, bytes * rank_count(transport)});
  add_transfer(baseline, [&transport, send = baseline.buffers[0].bytes(),
                          receive = baseline.buffers[1].bytes()](device::Stream& stream) {
    transport.all_gather(stream, send, receive, 1, send.size(), Cargo::payload);
  });
  return baseline;
}

Baseline make_reduce_scatter(Transport& transport, std::size_t bytes) {
  const std::size_t block = float_bytes(bytes);
  Baseline baseline = with_buffers({block * rank_count(transport), block});
  add_transfer(baseline, [&transport, send = baseline.buffers[0].bytes(),
                          receive = baseline.buffers[1].bytes()](device::Stream& stream) {
    transport.reduce_scatter(stream, send, receive, Element::float32, receive.size() / 4);
  });
  return baseline;
}

// Floats of a rank's block where the ranks share a vector of `bytes`, the last block padded.
std::size_t block_floats(std::size_t bytes, std::size_t ranks) {
  return (float_bytes(bytes) / 4 + ranks - 1) / ranks;
}

// An all-reduce in its two halves: each rank sums its block, then all gather the sums.
Baseline make_reduce_scatter_all_gather(Transport& transport, std::size_t bytes) {
  const std::size_t block = 4 * block_floats(bytes, rank_count(transport));
  Baseline baseline =
      with_buffers({block * rank_count(transport), block, block * rank_count(transport)});
  const std::span<std::byte> sum = baseline.buffers[1].bytes();
  add_transfer(baseline, [&transport, sum,
                          send = baseline.buffers[0].bytes()](device::Stream& stream) {
    transport.reduce_scatter(stream, send, sum, Element::float32, sum.size() / 4, CountedAs::ring);
  });
  add_transfer(
      baseline, [&transport, sum, receive = baseline.buffers[2].bytes()](device::Stream& stream) {
        transport.all_gather(stream, sum, receive, 1, sum.size(), Cargo::payload, CountedAs::ring);
      });
  return baseline;
}

Baseline make_uniform_alltoall(Transport& transport, std::size_t bytes) {
  const std::size_t all = bytes * rank_count(transport);
  Baseline baseline = with_buffers({all, all});
  add_transfer(baseline, [&transport, bytes, send = baseline.buffers[0].bytes(),
                          receive = baseline.buffers[1].bytes()](device::Stream& stream) {
    transport.all_to_all(stream, send, receive, 1, bytes, Cargo::payload);
  });
  return baseline;
}

// A step that sends the first buffer and receives into the second, between the given peers (-1 =
// nobody).
void add_point_to_point(Baseline& baseline, Transport& transport, int to, int from,
                        std::size_t bytes) {
  std::vector<Segment> sends;
  std::vector<Segment> receives;
  if (to >= 0) sends.push_back({to, 0, bytes});
  if (from >= 0) receives.push_back({from, 0, bytes});
  add_transfer(baseline, [&transport, sends, receives, send = baseline.buffers[0].bytes(),
                          receive = baseline.buffers[1].bytes()](device::Stream& stream) {
    transport.transfer(stream, send, sends, receive, receives, 1, Cargo::payload,
                       Schedule::rounds(1));
  });
}

Baseline make_ring(Transport& transport, std::size_t bytes) {
  Baseline baseline = with_buffers({bytes, bytes});
  const int rank = transport.rank();
  const int size = transport.size();
  add_point_to_point(baseline, transport, (rank + 1) % size, (rank + size - 1) % size, bytes);
  return baseline;
}

// Between the first and the last rank: with block order the pair that crosses nodes if any does.
Baseline make_pingpong(Transport& transport, std::size_t bytes) {
  Baseline baseline = with_buffers({bytes, bytes});
  baseline.operations = 2;
  const int last = transport.size() - 1;
  if (transport.rank() == 0) {
    add_point_to_point(baseline, transport, last, -1, bytes);
    add_point_to_point(baseline, transport, -1, last, bytes);
  } else if (transport.rank() == last) {
    add_point_to_point(baseline, transport, -1, 0, bytes);
    add_point_to_point(baseline, transport, 0, -1, bytes);
  }
  return baseline;
}

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
                  .reduces = true},
    BaselineEntry{.name = "all_gather",
                  .summary = "that many bytes of each rank to every rank",
                  .least_ranks = 1,
                  .make = &make_all_gather,
                  .bytes_between = &every_pair,
                  .block_per_rank = true,
                  .bus_factor = &all_but_own_factor},
    BaselineEntry{.name = "reduce_scatter",
                  .summary = "sum of a block of that many bytes for each rank",
                  .least_ranks = 1,
                  .make = &make_reduce_scatter,
                  .bytes_between = &every_pair_floats,
                  .block_per_rank = true,
                  .bus_factor = &all_but_own_factor,
                  .reduces = true},
    BaselineEntry{.name = "reduce_scatter_all_gather",
                  .summary = "the all-reduce in its two halves, one after the other",
                  .least_ranks = 1,
                  .make = &make_reduce_scatter_all_gather,
                  .bytes_between = &ring_of_blocks,
                  .block_per_rank = false,
                  .bus_factor = &all_reduce_factor,
                  .rounds = 2,
                  .reduces = true},
    BaselineEntry{.name = "uniform_alltoall",
                  .summary = "that many bytes from each rank to each rank",
                  .least_ranks = 1,
                  .make = &make_uniform_alltoall,
                  .bytes_between = &every_pair,
                  .block_per_rank = true,
                  .bus_factor = &all_but_own_factor},
    BaselineEntry{.name = "ring",
                  .summary = "that many bytes to the next rank, all ranks at once",
                  .least_ranks = 2,
                  .make = &make_ring,
                  .bytes_between = &next_rank,
                  .block_per_rank = false,
                  .bus_factor = &point_to_point_factor},
    BaselineEntry{.name = "pingpong",
                  .summary = "that many bytes first to last rank, half the round trip",
                  .least_ranks = 2,
                  .make = &make_pingpong,
                  .bytes_between = &first_to_last,
                  .block_per_rank = false,
                  .bus_factor = &point_to_point_factor},
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

std::size_t Baseline::allocated_bytes() const {
  std::size_t sum = 0;
  for (const device::Buffer& buffer : buffers) sum += buffer.size_bytes();
  return sum;
}

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
