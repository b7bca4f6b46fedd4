// Moves experts' weights point to point.
#include "bench/common/measuring/rebalance_measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <climits>

#include "bench/common/measuring/dispatch_measure.hpp"
#include "bench/common/measuring/group_sampling.hpp"
#include "device/buffer.hpp"
#include "dispatcher/baselines/matrix_exchange.hpp"
#include "report/format.hpp"
#include "routing/philox.hpp"

namespace moemark::bench {
namespace {

// Stands for an expert's weights: words of its own, repeated. Their number is a prime, so that no
// row or page of another place looks the same.
void append_weights(std::uint64_t seed, std::int32_t expert, std::size_t bytes,
                    std::vector<std::byte>& to) {
  std::vector<std::uint32_t> words(1021);
  RandomWords(seed, RandomStream::router_weights, 0, static_cast<std::uint32_t>(expert), 0)
      .fill(words);
  const auto pattern = std::as_bytes(std::span(words));
  for (std::size_t done = 0; done < bytes; done += pattern.size()) {
    const auto part = pattern.first(std::min(pattern.size(), bytes - done));
    to.insert(to.end(), part.begin(), part.end());
  }
}

// The weights that a rank of the group sends, by receiver, or gets, by sender; those of a pair in
// the order of the moves on both sides.
std::vector<std::byte> weights_of(const Rebalance& rebalance, int ranks, int rank, bool received,
                                  std::uint64_t seed) {
  std::vector<std::byte> bytes;
  for (int peer = 0; peer < ranks; ++peer) {
    for (const ExpertMove& move : rebalance.moves) {
      const int from = received ? peer : rank;
      const int to = received ? rank : peer;
      if (move.from != from || move.to != to) continue;
      append_weights(seed, move.expert, rebalance.expert_bytes, bytes);
    }
  }
  return bytes;
}

std::optional<std::string> obstacle(const Launch& launch, const Rebalance& rebalance,
                                    std::int64_t buffer_bytes) {
  if (rebalance.expert_bytes > INT_MAX) return "an expert's weights are 2 GiB or more";
  // Beside the buffers: what is written into the first, and what the second is compared with.
  const std::int64_t needed = 3 * buffer_bytes;
  const std::size_t budget = launch.memory_budget_bytes();
  if (static_cast<std::size_t>(needed) <= budget) return std::nullopt;
  return fmt::format("needs {} a rank to move the weights, the memory limit is {}",
                     report::format_bytes(needed),
                     report::format_bytes(static_cast<std::int64_t>(budget)));
}

std::optional<std::string> check(const dispatcher::Baseline& exchange, const Rebalance& rebalance,
                                 const comm::Communicator& group, Launch& launch) {
  const auto weights = [&](bool received) {
    return weights_of(rebalance, group.size(), group.rank(), received, launch.options.seed);
  };
  const std::vector<std::byte> sent = weights(false);
  device::copy_to_device(launch.stream, sent, exchange.input);
  launch.stream.synchronize();
  run_steps(exchange.steps, launch.stream);
  const auto got = device::download(launch.stream, std::span<const std::byte>(exchange.output));
  if (got == weights(true)) return std::nullopt;
  return fmt::format("rebalance: rank {} of the group did not get the weights of its new experts",
                     group.rank());
}

}  // namespace

report::Record measure_rebalance(Launch& launch, const RoutedCase& routed, const CaseRows& rows) {
  const Rebalance rebalance = rebalance_of(routed.what);
  Row row = rows.of(rebalance);
  launch.note("moving weights", row.record.case_name);
  const auto finish = [&](report::Record record) {
    launch.emit(record);
    return record;
  };
  if (rebalance.moves.empty()) return finish(without_measurement(row));
  // Every rank has the same moves, so all decide alike.
  if (const auto reason = obstacle(launch, rebalance, row.record.buffer_bytes.value_or(0))) {
    return finish(row_without_times(launch, routed.what, rebalance_phase, rebalance_exchange,
                                    "skipped", *reason));
  }
  const ExpertGroups& groups = routed.groups;
  const int group = groups.group_of(launch.world.rank());
  const comm::Communicator members = launch.world.split(group, launch.world.rank());
  comm::Transport transport(members, launch.topology.slice(groups.first_rank(group), groups.ep));
  const dispatcher::Baseline exchange =
      dispatcher::make_matrix_exchange(transport, count_moves(rebalance.moves, groups.ep),
                                       rebalance.expert_bytes, comm::Schedule::rounds(groups.ep));
  launch.agree(check(exchange, rebalance, members, launch));
  if (launch.options.check_only) return finish(without_measurement(row));
  Slot slot{std::move(row),
            {{},
             [&exchange](device::Stream& stream) { run_steps(exchange.steps, stream); },
             {},
             exchange.operations}};
  return sample_group(launch, std::nullopt, {std::move(slot)}).front();
}

}  // namespace moemark::bench
