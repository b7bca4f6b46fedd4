// What stands beside a dispatch: the collectives and point-to-point patterns of tensor and pipeline
// parallelism, the all-to-all as it would be if load were even, and the same without a network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "device/buffer.hpp"
#include "dispatcher/dispatcher.hpp"

namespace moemark::dispatcher {

// A prepared baseline: run its steps in order. One run is `operations` operations (a ping-pong is
// two), so a time is divided by it.
struct Baseline {
  // Buffers of the given sizes, written once so that every page exists: the first is the input, the
  // last the output.
  static Baseline with_buffers(std::initializer_list<std::size_t> sizes);

  std::vector<device::Buffer> buffers;
  std::span<std::byte> input, output;  // what this rank gives and gets, in device memory
  std::vector<Step> steps;
  int operations = 1;

  [[nodiscard]] std::size_t allocated_bytes() const;
};

// One line of the table. What `bytes` means is said by the summary.
// What stands for the message of a baseline beside a routing: the rows of the rank with most
// tokens, the mean pair of different ranks, or the mean pair when own rows are spread over all
// pairs.
enum class MessageOf : std::uint8_t { tokens, pair, uniform };

struct BaselineEntry {
  std::string_view name;
  std::string_view summary;
  int least_ranks;
  // Collective. The baseline refers to `transport`, which must outlive it. None: make_of_tokens.
  Baseline (*make)(comm::Transport& transport, std::size_t bytes);
  // Payload bytes that one operation sends from source to destination, of R ranks: exact for the
  // stated algorithm (ring, or the pairwise minimum), whatever the library does.
  std::size_t (*bytes_between)(int source, int destination, int ranks, std::size_t bytes);
  // The conventions of nccl-tests: algbw = (bytes, or bytes of all ranks' blocks) / time,
  // busbw = algbw * factor.
  bool block_per_rank;
  double (*bus_factor)(double ranks);
  MessageOf message = MessageOf::tokens;
  int rounds = 1;        // exchanges of bytes_between one after another
  bool reduces = false;  // adds float32 elements
  // Float i of the rank's output when every rank's input is test_value (baseline_values.hpp) and
  // the message has `floats` floats.
  float (*delivers)(int rank, int ranks, std::size_t floats, std::size_t i) = nullptr;
  Baseline (*make_in_place)(comm::Transport& transport, std::size_t bytes) = nullptr;
  // In the place of `make` where the operation is one on the routed tokens of this rank alone.
  // `batch` must outlive the baseline; its `combined` stays as it is.
  Baseline (*make_of_tokens)(const Sizes& sizes, const TokenBatch& batch) = nullptr;

  [[nodiscard]] bool needs_routing() const { return make == nullptr; }
};

std::span<const BaselineEntry> baselines();

// Throws UsageError naming `flag`, the value and the table's names.
const BaselineEntry& find_baseline(std::string_view flag, std::string_view name);

// The traffic of one rank of the job when every EP group runs the baseline.
RankTraffic declare_baseline(const BaselineEntry& entry, const ExpertGroups& groups, int rank,
                             std::size_t bytes);

}  // namespace moemark::dispatcher
