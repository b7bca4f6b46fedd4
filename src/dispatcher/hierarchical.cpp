// `hierarchical`: each token once to every node that holds one of its experts, over the rail (ranks
// of equal place in their nodes), then once to every rank of the node that needs it.
//
// dispatch: layout, counts, pack, metadata, transfer_rail  as alltoallv_dedup, a peer is a node
//           forward_layout, forward_counts, forward_pack, forward_metadata, transfer_node
//                   the same for what arrived, a peer is a rank of the own node
//           unpack  sort what arrived by own expert, copy the rows
// combine:  pack    weighted sum of a token's outputs on this rank, float32
//           transfer_node, reduce  back to the rail's rank; its sum over the node's ranks, float32
//           transfer_rail, unpack  back to the source; its sum over nodes, float32
//
// Bytes: rail v[s][m] * b to each node m, node sum over the rail's sources s of u[s][d] * b to each
// rank d; combine the same in reverse with b_c. Metadata: on each hop 4 + 8 * K * rows a peer
// (4 * peers + ... where counts are all-gathered).
#include "dispatcher/parts/rails.hpp"
#include "dispatcher/parts/token_expansion.hpp"
#include "dispatcher/parts/unique_stage.hpp"

namespace moemark::dispatcher {
namespace {

using device::Stream;

UniqueSizes rail_sizes(const Sizes& sizes) {
  return {sizes,        sizes.exchange,       sizes.topk,
          sizes.tokens, sizes.rail_send_rows, sizes.rail_receive_rows};
}
UniqueSizes node_sizes(const Sizes& sizes) {
  return {sizes,
          sizes.exchange,
          sizes.topk,
          sizes.rail_receive_rows,
          sizes.forward_rows,
          sizes.unique_receive_rows};
}

std::vector<std::int32_t> node_of_expert(const Sizes& sizes) {
  std::vector<std::int32_t> nodes;
  nodes.reserve(static_cast<std::size_t>(sizes.placement.experts()));
  for (int e = 0; e < sizes.placement.experts(); ++e) {
    nodes.push_back(sizes.topology.node_of(sizes.placement.rank_of(e)));
  }
  return nodes;
}

// Among experts of the own node: the others' entry is never looked up.
std::vector<std::int32_t> local_rank_of_expert(const Sizes& sizes) {
  std::vector<std::int32_t> ranks;
  ranks.reserve(static_cast<std::size_t>(sizes.placement.experts()));
  for (int e = 0; e < sizes.placement.experts(); ++e) {
    ranks.push_back(sizes.topology.local_rank(sizes.placement.rank_of(e)));
  }
  return ranks;
}

class Hierarchical final : public Dispatcher {
 public:
  Hierarchical(comm::Transport rail, comm::Transport node)
      : rail_(std::move(rail)), node_(std::move(node)) {}

  void prepare(const Sizes& sizes, const TokenBatch& batch) override;
  ExpertBatch expert_batch() override { return parts_->experts.batch(); }
  std::vector<int> source_order() const override { return order_by_rail(sizes_.topology); }
  // Expert output, the rank's and the node's partial sums, result.
  int combine_roundings() const override { return 4; }
  std::vector<std::span<std::byte>> receive_buffers() override;
  std::size_t allocated_bytes() const override { return buffer_bytes(sizes_); }

  static std::size_t buffer_bytes(const Sizes& sizes);

 private:
  struct Parts {
    UniqueStage rail, node;
    TokenExpansion experts;
  };
  std::vector<Step> dispatch_steps();
  std::vector<Step> combine_steps();

  comm::Transport rail_, node_;
  Sizes sizes_;
  TokenBatch batch_;
  std::unique_ptr<Parts> parts_;
};

std::size_t Hierarchical::buffer_bytes(const Sizes& sizes) {
  const int experts = sizes.placement.experts();
  return UniqueStage::buffer_bytes(rail_sizes(sizes), sizes.topology.nodes(), experts) +
         UniqueStage::buffer_bytes(node_sizes(sizes), sizes.topology.ranks_per_node(), experts) +
         TokenExpansion::buffer_bytes(sizes, sizes.unique_receive_rows);
}

void Hierarchical::prepare(const Sizes& sizes, const TokenBatch& batch) {
  sizes_ = sizes;
  batch_ = batch;
  parts_ = std::make_unique<Parts>(
      Parts{UniqueStage(rail_, rail_sizes(sizes), node_of_expert(sizes)),
            UniqueStage(node_, node_sizes(sizes), local_rank_of_expert(sizes)),
            TokenExpansion(sizes, sizes.unique_receive_rows)});
  set_steps(dispatch_steps(), combine_steps());
}

std::vector<Step> Hierarchical::dispatch_steps() {
  UniqueStage& rail = parts_->rail;
  UniqueStage& node = parts_->node;
  TokenExpansion& experts = parts_->experts;
  return {
      {"layout", StepKind::layout, [this, &rail](Stream& s) { rail.layout(s, batch_.topk_ids); }},
      {"counts", StepKind::counts, [&rail](Stream& s) { rail.exchange_counts(s); }},
      {"metadata", StepKind::layout,
       [this, &rail](Stream& s) { rail.transfer_lists(s, batch_.topk_ids, batch_.topk_weights); }},
      {"pack", StepKind::rows, [this, &rail](Stream& s) { rail.pack(s, batch_.rows); }},
      rail.transfer("transfer_rail"),
      {"forward_layout", StepKind::layout,
       [&rail, &node](Stream& s) { node.layout(s, rail.ids()); }},
      {"forward_counts", StepKind::counts, [&node](Stream& s) { node.exchange_counts(s); }},
      {"forward_metadata", StepKind::layout,
       [&rail, &node](Stream& s) { node.transfer_lists(s, rail.ids(), rail.weights()); }},
      {"sort", StepKind::layout, [&node, &experts](Stream& s) { experts.sort(s, node.ids()); }},
      {"forward_pack", StepKind::rows, [&rail, &node](Stream& s) { node.pack(s, rail.rows()); }},
      node.transfer("transfer_node"),
      {"unpack", StepKind::rows, [&node, &experts](Stream& s) { experts.expand(s, node.rows()); }},
  };
}

std::vector<Step> Hierarchical::combine_steps() {
  UniqueStage& rail = parts_->rail;
  UniqueStage& node = parts_->node;
  TokenExpansion& experts = parts_->experts;
  return {
      {"pack", StepKind::rows,
       [&node, &experts](Stream& s) { experts.reduce(s, node.weights(), node.returning()); }},
      node.transfer_back("transfer_node"),
      {"reduce", StepKind::rows, [&rail, &node](Stream& s) { node.sum(s, rail.returning()); }},
      rail.transfer_back("transfer_rail"),
      {"unpack", StepKind::rows, [this, &rail](Stream& s) { rail.sum(s, batch_.combined); }},
  };
}

std::vector<std::span<std::byte>> Hierarchical::receive_buffers() {
  auto buffers = parts_->rail.receive_buffers();
  for (const auto buffer : parts_->node.receive_buffers()) buffers.push_back(buffer);
  buffers.push_back(parts_->experts.rows());
  return buffers;
}

RankTraffic declare(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
                    Direction direction, std::size_t row_bytes, const Exchange& exchange) {
  const Rails rails = even_rails_of(groups, rank);
  UniqueHop rail{rank, rails.rail, {}, {}};
  for (const int peer : rails.rail) {
    rail.out.push_back(traffic.v.at(rank, groups.topology.node_of(peer)));
    rail.in.push_back(traffic.v.at(peer, groups.topology.node_of(rank)));
  }
  UniqueHop node{rank, rails.node, {}, {}};
  for (const int peer : rails.node) {
    std::int64_t out = 0;
    std::int64_t in = 0;
    for (const int source : rails.rail) out += traffic.u.at(source, peer);
    const Rails of_peer = even_rails_of(groups, peer);
    for (const int source : of_peer.rail) in += traffic.u.at(source, rank);
    node.out.push_back(out);
    node.in.push_back(in);
  }
  RankTraffic declared = declare_unique(groups.topology, rail, direction, row_bytes, traffic.topk);
  declared += declare_unique(groups.topology, node, direction, row_bytes, traffic.topk);
  if (direction == Direction::dispatch) {
    for (const auto& hop : {rails.rail, rails.node}) {
      declared.metadata_bytes +=
          PeerCounts::metadata_bytes(static_cast<int>(hop.size()), 1, exchange.counts);
    }
  }
  return declared;
}

}  // namespace

DispatcherEntry hierarchical() {
  return {
      .name = "hierarchical",
      .summary = "each token once to each node over the rail, then inside the node",
      .make = [](comm::Transport& transport) -> std::unique_ptr<Dispatcher> {
        auto [rail, node] = split_rails(transport);
        return std::make_unique<Hierarchical>(std::move(rail), std::move(node));
      },
      .exchanges = {.counts = true},
      .declare = &declare,
      .buffer_bytes = &Hierarchical::buffer_bytes,
      .bound_us =
          [](const TrafficMatrices& traffic, const ExpertGroups& groups, std::size_t row_bytes,
             const LinkRates& links) {
            return hierarchical_bound_us(traffic, groups, row_bytes, links).value();
          },
      .obstacle = &needs_even_nodes,
  };
}

}  // namespace moemark::dispatcher
