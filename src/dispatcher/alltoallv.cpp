// `alltoallv`: every assignment travels once, sorted by expert.
//
// dispatch: layout  sort this rank's assignments by expert, which sorts them by destination too
//           counts  exchange rows per (source, destination, expert), int32
//           pack    copy each token's row to its places in that order
//           transfer  n[s][d] rows from s to d
//           unpack  regroup what arrived by expert
// combine:  pack    back to arrival order
//           transfer  the same segments in reverse
//           unpack  weighted sum of a token's k rows in float32
//
// Bytes s -> d: n[s][d] * b, combine n[d][s] * b_c. Metadata: 4 * ceil(E/R) for each pair s != d.
#include "dispatcher/layout.hpp"
#include "kernels/permutation.hpp"

namespace moemark::dispatcher {
namespace {

class AllToAllV final : public Dispatcher {
 public:
  explicit AllToAllV(comm::Transport& transport) : transport_(transport) {}

  void prepare(const Sizes& sizes, const TokenBatch& batch) override;
  std::span<const Step> dispatch() const override { return dispatch_; }
  std::span<const Step> combine() const override { return combine_; }
  ExpertBatch expert_batch() override;
  std::vector<std::span<std::byte>> receive_buffers() override;
  std::size_t allocated_bytes() const override;

  static std::size_t buffer_bytes(const Sizes& sizes);

 private:
  struct Buffers {
    Buffers(const Sizes& sizes, comm::Transport& transport);

    SendPlan plan;
    CountsExchange counts;
    Regroup regroup;
    device::Buffer packed, arrived, expert_rows;         // dispatch, rows of b bytes
    device::Buffer expert_outputs, returning, returned;  // combine, rows of b_c bytes
  };
  void make_dispatch_steps();
  void make_combine_steps();

  comm::Transport& transport_;
  Sizes sizes_;
  TokenBatch batch_;
  std::unique_ptr<Buffers> buffers_;
  std::vector<comm::Segment> sends_, receives_;
  std::vector<Step> dispatch_, combine_;
};

AllToAllV::Buffers::Buffers(const Sizes& sizes, comm::Transport& transport)
    : plan(sizes),
      counts(sizes, transport),
      regroup(sizes),
      packed(sizes.send_rows * sizes.row_bytes()),
      arrived(sizes.receive_rows * sizes.row_bytes()),
      expert_rows(sizes.receive_rows * sizes.row_bytes()),
      expert_outputs(sizes.receive_rows * sizes.combine_row_bytes()),
      returning(sizes.receive_rows * sizes.combine_row_bytes()),
      returned(sizes.send_rows * sizes.combine_row_bytes()) {}

std::size_t AllToAllV::buffer_bytes(const Sizes& sizes) {
  return SendPlan::buffer_bytes(sizes) + CountsExchange::buffer_bytes(sizes) +
         Regroup::buffer_bytes(sizes) +
         (sizes.send_rows + 2 * sizes.receive_rows) *
             (sizes.row_bytes() + sizes.combine_row_bytes());
}

void AllToAllV::prepare(const Sizes& sizes, const TokenBatch& batch) {
  sizes_ = sizes;
  batch_ = batch;
  buffers_ = std::make_unique<Buffers>(sizes, transport_);
  sends_.resize(static_cast<std::size_t>(sizes.ranks));
  receives_.resize(static_cast<std::size_t>(sizes.ranks));
  transport_.prepare_rows(sizes.row_bytes());
  transport_.prepare_rows(sizes.combine_row_bytes());
  make_dispatch_steps();
  make_combine_steps();
}

void AllToAllV::make_dispatch_steps() {
  Buffers& b = *buffers_;
  dispatch_ = {
      {"layout", false,
       [this, &b](device::Stream& stream) { b.plan.build(stream, batch_.topk_ids); }},
      {"counts", true,
       [this, &b](device::Stream& stream) {
         b.counts.run(stream, b.plan.counts());
         b.counts.fill_segments(sends_, receives_);
       }},
      {"pack", false,
       [this, &b](device::Stream& stream) {
         kernels::permute_rows(stream, batch_.rows, sizes_.row_bytes(), b.plan.assign_to_pos(),
                               sizes_.topk, b.packed.bytes());
       }},
      {"transfer", false,
       [this, &b](device::Stream& stream) {
         transport_.transfer(stream, b.packed.bytes(), sends_, b.arrived.bytes(), receives_,
                             sizes_.row_bytes(), comm::Cargo::payload);
       }},
      {"unpack", false,
       [this, &b](device::Stream& stream) {
         b.regroup.build(stream, b.counts.received(), b.counts.received_rows(),
                         /*rows_per_chunk=*/0);
         b.regroup.to_experts(stream, b.arrived.bytes(), b.expert_rows.bytes(), sizes_.row_bytes());
       }},
  };
}

void AllToAllV::make_combine_steps() {
  Buffers& b = *buffers_;
  combine_ = {
      {"pack", false,
       [this, &b](device::Stream& stream) {
         b.regroup.to_arrival(stream, b.expert_outputs.bytes(), b.returning.bytes(),
                              sizes_.combine_row_bytes());
       }},
      {"transfer", false,
       [this, &b](device::Stream& stream) {
         transport_.transfer(stream, b.returning.bytes(), receives_, b.returned.bytes(), sends_,
                             sizes_.combine_row_bytes(), comm::Cargo::payload);
       }},
      {"unpack", false,
       [this, &b](device::Stream& stream) {
         kernels::unpermute_rows(stream, {sizes_.combine_dtype, sizes_.hidden, b.returned.bytes()},
                                 b.plan.assign_to_pos(), batch_.topk_weights, sizes_.topk,
                                 {sizes_.combine_dtype, sizes_.hidden, batch_.combined});
       }},
  };
}

ExpertBatch AllToAllV::expert_batch() {
  return {{sizes_.dtype, sizes_.hidden, buffers_->expert_rows.bytes()},
          {sizes_.combine_dtype, sizes_.hidden, buffers_->expert_outputs.bytes()},
          buffers_->regroup.expert_offsets()};
}

std::vector<std::span<std::byte>> AllToAllV::receive_buffers() {
  return {buffers_->arrived.bytes(), buffers_->expert_rows.bytes(), buffers_->returned.bytes()};
}

std::size_t AllToAllV::allocated_bytes() const {
  return buffer_bytes(sizes_);
}

RankTraffic declare(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
                    Direction direction, std::size_t row_bytes) {
  RankTraffic declared = declare_exchange(
      groups, rank, direction, row_bytes,
      [&](int source, int destination) { return traffic.n.at(source, destination); });
  if (direction == Direction::dispatch) {
    declared.metadata_bytes = 4LL * groups.placement.max_count() * (groups.ep - 1);
  }
  return declared;
}

}  // namespace

DispatcherEntry alltoallv() {
  return {
      .name = "alltoallv",
      .summary = "every assignment once, sorted by expert",
      .make = [](comm::Transport& transport) -> std::unique_ptr<Dispatcher> {
        return std::make_unique<AllToAllV>(transport);
      },
      .declare = &declare,
      .buffer_bytes = &AllToAllV::buffer_bytes,
      .bound_us =
          [](const TrafficMatrices& traffic, const ExpertGroups& groups, std::size_t row_bytes,
             const LinkRates& links) {
            return direct_bound_us(traffic.n, groups, row_bytes, links);
          },
  };
}

}  // namespace moemark::dispatcher
