// `alltoallv`: every assignment travels once, sorted by expert.
//
// dispatch: layout  sort this rank's assignments by expert, which sorts them by destination too
//           counts  exchange rows per (source, destination, expert), int32
//           sort    where what arrives goes among this rank's experts
//           pack    copy each token's row to its places in that order
//           transfer  n[s][d] rows from s to d
//           unpack  copy what arrived to its expert
// combine:  pack    back to arrival order
//           transfer  the same segments in reverse
//           unpack  weighted sum of a token's k rows in float32
//
// With the schedule per_expert the transfer is one exchange for each expert of a rank, and nothing
// is regrouped.
//
// Bytes s -> d: n[s][d] * b, combine n[d][s] * b_c. Metadata: 4 * ceil(E/R) for each pair s != d,
// R times that where counts are all-gathered.
#include "dispatcher/parts/assignment_rows.hpp"
#include "dispatcher/parts/expert_rounds.hpp"

namespace moemark::dispatcher {
namespace {

using device::Stream;

bool by_expert(const Exchange& exchange) {
  return exchange.schedule == Exchange::Schedule::per_expert;
}

Capacity capacity(const Sizes& sizes) {
  return {sizes.send_rows, sizes.receive_rows, !by_expert(sizes.exchange)};
}

class AllToAllV final : public Dispatcher {
 public:
  explicit AllToAllV(comm::Transport& transport) : transport_(transport) {}

  void prepare(const Sizes& sizes, const TokenBatch& batch) override;
  ExpertBatch expert_batch() override;
  std::vector<std::span<std::byte>> receive_buffers() override { return rows_->receive_buffers(); }
  std::size_t allocated_bytes() const override { return buffer_bytes(sizes_); }

  static std::size_t buffer_bytes(const Sizes& sizes) {
    return AssignmentRows::buffer_bytes(sizes, capacity(sizes)) +
           (by_expert(sizes.exchange) ? ExpertRounds::buffer_bytes(sizes) : 0);
  }

 private:
  void make_whole_steps();
  void make_steps_by_expert();

  comm::Transport& transport_;
  Sizes sizes_;
  std::unique_ptr<AssignmentRows> rows_;
  std::unique_ptr<ExpertRounds> rounds_;  // of per_expert only
  std::vector<comm::Segment> sends_, receives_;
};

void AllToAllV::prepare(const Sizes& sizes, const TokenBatch& batch) {
  sizes_ = sizes;
  rows_ = std::make_unique<AssignmentRows>(sizes, batch, transport_, capacity(sizes));
  if (by_expert(sizes.exchange)) {
    rounds_ = std::make_unique<ExpertRounds>(transport_, sizes);
    make_steps_by_expert();
  } else {
    sends_.resize(static_cast<std::size_t>(sizes.ranks));
    receives_.resize(static_cast<std::size_t>(sizes.ranks));
    make_whole_steps();
  }
}

void AllToAllV::make_whole_steps() {
  AssignmentRows& rows = *rows_;
  std::vector<Step> dispatch = {
      {"layout", StepKind::layout, [&rows](Stream& s) { rows.layout(s); }},
      {"counts", StepKind::counts,
       [this, &rows](Stream& s) {
         rows.counts.run(s, rows.plan.counts());
         rows.counts.fill_segments(sends_, receives_);
       }},
      {"sort", StepKind::layout, [&rows](Stream& s) { rows.sort(s, /*rows_per_chunk=*/0); }},
      {"pack", StepKind::rows, [&rows](Stream& s) { rows.pack(s); }},
      transfer_step("transfer", transport_,
                    [this, &rows](Stream& s, comm::Completion completion) {
                      transport_.transfer(s, rows.packed.bytes(), sends_, rows.arrived.bytes(),
                                          receives_, sizes_.row_bytes(), comm::Cargo::payload,
                                          sizes_.exchange.rows(), completion);
                    }),
      {"unpack", StepKind::rows, [&rows](Stream& s) { rows.unpack(s); }},
  };
  std::vector<Step> combine = {
      {"pack", StepKind::rows, [&rows](Stream& s) { rows.pack_back(s); }},
      transfer_step("transfer", transport_,
                    [this, &rows](Stream& s, comm::Completion completion) {
                      transport_.transfer(s, rows.returning.bytes(), receives_,
                                          rows.returned.bytes(), sends_, sizes_.combine_row_bytes(),
                                          comm::Cargo::payload, sizes_.exchange.rows(), completion);
                    }),
      {"unpack", StepKind::rows, [&rows](Stream& s) { rows.sum(s); }},
  };
  set_steps(std::move(dispatch), std::move(combine));
}

void AllToAllV::make_steps_by_expert() {
  AssignmentRows& rows = *rows_;
  ExpertRounds& rounds = *rounds_;
  std::vector<Step> dispatch = {
      {"layout", StepKind::layout, [&rows](Stream& s) { rows.layout(s); }},
      {"counts", StepKind::counts,
       [&rows, &rounds](Stream& s) {
         rows.counts.run(s, rows.plan.counts());
         rounds.plan(s, rows.counts.sent_host(), rows.counts.received_host());
       }},
      {"pack", StepKind::rows, [&rows](Stream& s) { rows.pack(s); }},
      {"transfer", StepKind::rows,
       [this, &rows, &rounds](Stream& s) {
         rounds.forth(s, rows.packed.bytes(), rows.arrived.bytes(), sizes_.row_bytes());
       }},
  };
  std::vector<Step> combine = {
      {"transfer", StepKind::rows,
       [this, &rows, &rounds](Stream& s) {
         rounds.back(s, rows.returning.bytes(), rows.returned.bytes(), sizes_.combine_row_bytes());
       }},
      {"unpack", StepKind::rows, [&rows](Stream& s) { rows.sum(s); }},
  };
  set_steps(std::move(dispatch), std::move(combine));
}

ExpertBatch AllToAllV::expert_batch() {
  if (!rounds_) return rows_->expert_batch();
  return {{sizes_.dtype, sizes_.hidden, rows_->arrived.bytes()},
          {sizes_.combine_dtype, sizes_.hidden, rows_->returning.bytes()},
          rounds_->expert_offsets()};
}

// Non-empty (own rank, peer, expert of the receiving side) triples: what per_expert sends as
// messages of their own.
std::int64_t messages_by_expert(const TrafficMatrices& traffic, const ExpertGroups& groups,
                                int rank, Direction direction) {
  const bool there = direction == Direction::dispatch;
  std::int64_t messages = 0;
  const int first = groups.first_rank(groups.group_of(rank));
  for (int peer = first; peer < first + groups.ep; ++peer) {
    if (peer == rank) continue;
    const int owner = (there ? peer : rank) - first;
    for (int e = groups.placement.first(owner); e < groups.placement.first(owner + 1); ++e) {
      messages += traffic.c.at(there ? rank : peer, e) > 0 ? 1 : 0;
    }
  }
  return messages;
}

RankTraffic declare(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
                    Direction direction, std::size_t row_bytes, const Exchange& exchange) {
  RankTraffic declared = declare_exchange(
      groups, rank, direction, row_bytes,
      [&](int source, int destination) { return traffic.n.at(source, destination); });
  if (by_expert(exchange)) declared.messages = messages_by_expert(traffic, groups, rank, direction);
  if (direction == Direction::dispatch) {
    declared.metadata_bytes = CountsExchange::metadata_bytes(groups, exchange);
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
      .exchanges = {.schedules = true, .per_expert = true, .counts = true},
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
