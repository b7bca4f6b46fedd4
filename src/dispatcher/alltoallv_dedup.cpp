// `alltoallv_dedup`: each token once to every rank that holds one of its experts, with the list of
// those experts and their weights; the receiver makes the copies and sums them again.
//
// dispatch: layout  first expert of each (token, rank) pair, sorted by rank
//           counts  exchange rows per (source, destination), int32
//           metadata  K ids and K weights of each row, packed and sent
//           sort    what arrives by own expert
//           pack    copy rows to their places
//           transfer  u[s][d] rows from s to d
//           unpack  copy what arrived to its experts
// combine:  pack    weighted sum of a token's outputs on this rank, float32
//           transfer  one row back for each that came
//           unpack  sum of the ranks' partial sums, float32
//
// Bytes s -> d: u[s][d] * b, combine u[d][s] * b_c. Metadata: 4 + 8 * K * u[s][d] for s != d,
// 4 * R + ... where counts are all-gathered.
#include "dispatcher/parts/rails.hpp"
#include "dispatcher/parts/token_expansion.hpp"
#include "dispatcher/parts/unique_stage.hpp"

namespace moemark::dispatcher {
namespace {

UniqueSizes hop_sizes(const Sizes& sizes) {
  return {sizes,        sizes.exchange,         sizes.topk,
          sizes.tokens, sizes.unique_send_rows, sizes.unique_receive_rows};
}

class AllToAllVDedup final : public Dispatcher {
 public:
  explicit AllToAllVDedup(comm::Transport& transport) : transport_(transport) {}

  void prepare(const Sizes& sizes, const TokenBatch& batch) override;
  ExpertBatch expert_batch() override { return parts_->experts.batch(); }
  // Expert output, the rank's partial sum, result.
  int combine_roundings() const override { return 3; }
  std::vector<std::span<std::byte>> receive_buffers() override;
  std::size_t allocated_bytes() const override { return buffer_bytes(sizes_); }

  static std::size_t buffer_bytes(const Sizes& sizes);

 private:
  struct Parts {
    UniqueStage hop;
    TokenExpansion experts;
  };

  comm::Transport& transport_;
  Sizes sizes_;
  TokenBatch batch_;
  std::unique_ptr<Parts> parts_;
};

std::size_t AllToAllVDedup::buffer_bytes(const Sizes& sizes) {
  return UniqueStage::buffer_bytes(hop_sizes(sizes), sizes.ranks, sizes.placement.experts()) +
         TokenExpansion::buffer_bytes(sizes, sizes.unique_receive_rows);
}

void AllToAllVDedup::prepare(const Sizes& sizes, const TokenBatch& batch) {
  sizes_ = sizes;
  batch_ = batch;
  parts_ = std::make_unique<Parts>(
      Parts{UniqueStage(transport_, hop_sizes(sizes), sizes.placement.rank_of_each()),
            TokenExpansion(sizes, sizes.unique_receive_rows)});
  UniqueStage& hop = parts_->hop;
  TokenExpansion& experts = parts_->experts;
  using device::Stream;
  std::vector<Step> dispatch = {
      {"layout", StepKind::layout, [this, &hop](Stream& s) { hop.layout(s, batch_.topk_ids); }},
      {"counts", StepKind::counts, [&hop](Stream& s) { hop.exchange_counts(s); }},
      {"pack", StepKind::rows, [this, &hop](Stream& s) { hop.pack(s, batch_.rows); }},
      {"metadata", StepKind::layout,
       [this, &hop](Stream& s) { hop.transfer_lists(s, batch_.topk_ids, batch_.topk_weights); }},
      {"sort", StepKind::layout, [&hop, &experts](Stream& s) { experts.sort(s, hop.ids()); }},
      hop.transfer("transfer"),
      {"unpack", StepKind::rows, [&hop, &experts](Stream& s) { experts.expand(s, hop.rows()); }},
  };
  std::vector<Step> combine = {
      {"pack", StepKind::rows,
       [&hop, &experts](Stream& s) { experts.reduce(s, hop.weights(), hop.returning()); }},
      hop.transfer_back("transfer"),
      {"unpack", StepKind::rows, [this, &hop](Stream& s) { hop.sum(s, batch_.combined); }},
  };
  set_steps(std::move(dispatch), std::move(combine));
}

std::vector<std::span<std::byte>> AllToAllVDedup::receive_buffers() {
  auto buffers = parts_->hop.receive_buffers();
  buffers.push_back(parts_->experts.rows());
  return buffers;
}

RankTraffic declare(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
                    Direction direction, std::size_t row_bytes, const Exchange& exchange) {
  UniqueHop hop{rank, ranks_of_group(groups, rank), {}, {}};
  for (const int peer : hop.peers) {
    hop.out.push_back(traffic.u.at(rank, peer));
    hop.in.push_back(traffic.u.at(peer, rank));
  }
  RankTraffic declared = declare_unique(groups.topology, hop, direction, row_bytes, traffic.topk);
  if (direction == Direction::dispatch) {
    declared.metadata_bytes += PeerCounts::metadata_bytes(groups.ep, 1, exchange.counts);
  }
  return declared;
}

}  // namespace

DispatcherEntry alltoallv_dedup() {
  return {
      .name = "alltoallv_dedup",
      .summary = "each token once to each rank; the rank copies and sums",
      .make = [](comm::Transport& transport) -> std::unique_ptr<Dispatcher> {
        return std::make_unique<AllToAllVDedup>(transport);
      },
      .exchanges = {.schedules = true, .counts = true},
      .declare = &declare,
      .buffer_bytes = &AllToAllVDedup::buffer_bytes,
      .bound_us =
          [](const TrafficMatrices& traffic, const ExpertGroups& groups, std::size_t row_bytes,
             const LinkRates& links) {
            return direct_bound_us(traffic.u, groups, row_bytes, links);
          },
  };
}

}  // namespace moemark::dispatcher
