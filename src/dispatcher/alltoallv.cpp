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
#include "dispatcher/parts/assignment_rows.hpp"

namespace moemark::dispatcher {
namespace {

using device::Stream;

Capacity capacity(const Sizes& sizes) {
  return {sizes.send_rows, sizes.receive_rows};
}

class AllToAllV final : public Dispatcher {
 public:
  explicit AllToAllV(comm::Transport& transport) : transport_(transport) {}

  void prepare(const Sizes& sizes, const TokenBatch& batch) override;
  std::span<const Step> dispatch() const override { return dispatch_; }
  std::span<const Step> combine() const override { return combine_; }
  ExpertBatch expert_batch() override { return rows_->expert_batch(); }
  std::vector<std::span<std::byte>> receive_buffers() override { return rows_->receive_buffers(); }
  std::size_t allocated_bytes() const override { return buffer_bytes(sizes_); }

  static std::size_t buffer_bytes(const Sizes& sizes) {
    return AssignmentRows::buffer_bytes(sizes, capacity(sizes));
  }

 private:
  comm::Transport& transport_;
  Sizes sizes_;
  std::unique_ptr<AssignmentRows> rows_;
  std::vector<comm::Segment> sends_, receives_;
  std::vector<Step> dispatch_, combine_;
};

void AllToAllV::prepare(const Sizes& sizes, const TokenBatch& batch) {
  sizes_ = sizes;
  rows_ = std::make_unique<AssignmentRows>(sizes, batch, transport_, capacity(sizes));
  sends_.resize(static_cast<std::size_t>(sizes.ranks));
  receives_.resize(static_cast<std::size_t>(sizes.ranks));
  AssignmentRows& rows = *rows_;
  dispatch_ = {
      {"layout", false, [&rows](Stream& s) { rows.layout(s); }},
      {"counts", true,
       [this, &rows](Stream& s) {
         rows.counts.run(s, rows.plan.counts());
         rows.counts.fill_segments(sends_, receives_);
       }},
      {"pack", false, [&rows](Stream& s) { rows.pack(s); }},
      {"transfer", false,
       [this, &rows](Stream& s) {
         transport_.transfer(s, rows.packed.bytes(), sends_, rows.arrived.bytes(), receives_,
                             sizes_.row_bytes(), comm::Cargo::payload);
       }},
      {"unpack", false, [&rows](Stream& s) { rows.unpack(s, /*rows_per_chunk=*/0); }},
  };
  combine_ = {
      {"pack", false, [&rows](Stream& s) { rows.pack_back(s); }},
      {"transfer", false,
       [this, &rows](Stream& s) {
         transport_.transfer(s, rows.returning.bytes(), receives_, rows.returned.bytes(), sends_,
                             sizes_.combine_row_bytes(), comm::Cargo::payload);
       }},
      {"unpack", false, [&rows](Stream& s) { rows.sum(s); }},
  };
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
