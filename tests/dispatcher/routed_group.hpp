// A routed workload on this job's ranks, ready for a dispatcher: what the tests of this folder run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "comm/transport.hpp"
#include "device/buffer.hpp"
#include "dispatcher/dispatcher.hpp"
#include "dispatcher/oracle.hpp"
#include "routing/expert_draw.hpp"
#include "traffic/traffic_matrix.hpp"

namespace moemark::dispatcher {

struct Workload {
  std::string routing = "uniform";  // a skew spec, or: own, hotrank, hotnode, masked, one, idle
  int experts = 8;
  int topk = 2;
  int tokens = 40;
  int ep = 0;  // 0: all ranks
  int ranks_per_node = 2;
  RowFormat format = {32, DType::bf16, DType::bf16};
  double tokens_spread = 0.0;  // of a skew spec
};

class RoutedGroup {
 public:
  RoutedGroup(const comm::Communicator& world, const Workload& workload)
      : work(workload),
        groups(make_groups(world, workload)),
        traffic(groups),
        group_comm(world.split(groups.group_of(world.rank()), world.rank())),
        transport(group_comm, groups.topology.slice(
                                  groups.first_rank(groups.group_of(world.rank())), groups.ep)) {
    for (int r = 0; r < groups.ranks; ++r) traffic.set_row(r, traffic_row(table(r), groups, r));
    sizes = sizes_of(traffic, groups, world.rank(), work.format);
    const int first = groups.first_rank(groups.group_of(world.rank()));
    oracle = std::make_unique<Oracle>(OracleCase{
        sizes, seed, 0, first, [this, first](int member) { return table(first + member); }});
    const RoutingTable mine = table(world.rank());
    rows = device::upload(stream, std::span<const std::byte>(oracle->payload()));
    ids = device::upload(stream, std::span<const std::int32_t>(mine.topk_ids));
    weights = device::upload(stream, std::span<const float>(oracle->weights()));
    combined = device::Buffer(sizes.tokens * sizes.combine_row_bytes());
    batch = {rows.bytes(), ids.as<const std::int32_t>(), weights.as<const float>(),
             combined.bytes()};
  }

  static constexpr std::uint64_t seed = 7;

  // The table of any rank of the job: the extremes that the skew specs do not reach are made here.
  [[nodiscard]] RoutingTable table(int rank) const {
    const bool idle = work.routing == "idle" && rank % 2 == 1;
    RoutingTable made(idle ? 0 : work.tokens, work.topk);
    if (is_spec()) return planned_table(plan(), shares(), static_cast<std::uint32_t>(rank));
    for (int t = 0; t < made.tokens; ++t) {
      for (int j = 0; j < work.topk; ++j) {
        made.ids(t)[static_cast<std::size_t>(j)] = special_id(rank, t, j);
      }
    }
    return made;
  }

  Workload work;
  ExpertGroups groups;
  TrafficMatrices traffic;
  comm::Communicator group_comm;
  comm::Transport transport;
  Sizes sizes;
  std::unique_ptr<Oracle> oracle;
  device::Stream stream;
  device::Buffer rows, ids, weights, combined;
  TokenBatch batch;

 private:
  static ExpertGroups make_groups(const comm::Communicator& world, const Workload& w) {
    const int ep = w.ep == 0 ? world.size() : w.ep;
    return {world.size(), ep, ExpertPlacement::contiguous(w.experts, ep),
            Topology::blocks(world.size(), w.ranks_per_node), Topology(world.host_of_rank())};
  }
  [[nodiscard]] bool is_spec() const {
    return work.routing.find(':') != std::string::npos || work.routing == "uniform" ||
           work.routing == "balanced" || work.routing == "local";
  }
  [[nodiscard]] RoutingPlan plan() const {
    return {parse_skew(work.routing), work.experts, work.topk, work.tokens, seed, 0, homes(),
            work.tokens_spread};
  }
  [[nodiscard]] std::vector<double> shares() const {
    return load_shares(parse_skew(work.routing), work.experts, seed, "", homes());
  }
  [[nodiscard]] ExpertHomes homes() const {
    ExpertHomes result{.ranks = groups.ep};
    for (int e = 0; e < work.experts; ++e) result.rank_of.push_back(groups.placement.rank_of(e));
    return result;
  }
  // Choice j of a token: distinct experts, none where the placement has too few.
  [[nodiscard]] std::int32_t special_id(int rank, int t, int j) const {
    const int member = rank % groups.ep;
    const int spread = (t + rank + j) % work.experts;
    if (work.routing == "one") return j == 0 ? work.experts - 1 : -1;
    if (work.routing == "masked") return (t + j) % 3 == 0 ? -1 : spread;
    if (work.routing == "hotrank" && t % 4 != 0) return of_rank(0, t, j);
    if (work.routing == "hotnode" && t % 4 != 0) {
      return of_rank(t % std::min(groups.ep, work.ranks_per_node), t, j);
    }
    if (work.routing == "own") return of_rank(member, t, j);
    return spread;
  }
  [[nodiscard]] std::int32_t of_rank(int member, int t, int j) const {
    const int count = groups.placement.count(member);
    return j < count ? groups.placement.first(member) + (t + j) % count : -1;
  }
};

}  // namespace moemark::dispatcher
