// `alltoall_padded`: equal blocks of [experts][C] cells to every rank, C the most rows that any
// source has for any expert. No token is dropped: what a cell does not need is padding.
//
// dispatch: layout  sort this rank's assignments by expert
//           counts  exchange rows per (source, destination, expert), int32, agree on C, and turn
//                   sorted places into places in cells
//           pack    copy each token's row into its cells
//           transfer  ceil(E/R) * C rows to every rank
//           unpack  gather the valid rows by expert
// combine:  pack, transfer and unpack in reverse; the weighted sum reads the cells.
//
// Bytes s -> d: ceil(E/R) * C * b (combine b_c). Metadata: 4 * ceil(E/R) for each pair s != d (R
// times that where counts are all-gathered), and the 4 bytes of C when there is more than one rank.
#include <algorithm>
#include <numeric>

#include "dispatcher/parts/assignment_rows.hpp"
#include "dispatcher/parts/rails.hpp"
#include "kernels/regroup.hpp"

namespace moemark::dispatcher {
namespace {

using device::Stream;

Capacity capacity(const Sizes& sizes) {
  const std::size_t rows =
      static_cast<std::size_t>(sizes.ranks) * sizes.experts_each() * sizes.cell_rows;
  return {rows, rows};
}

class AllToAllPadded final : public Dispatcher {
 public:
  explicit AllToAllPadded(comm::Transport& transport) : transport_(transport) {}

  void prepare(const Sizes& sizes, const TokenBatch& batch) override;
  ExpertBatch expert_batch() override { return parts_->rows.expert_batch(); }
  std::vector<std::span<std::byte>> receive_buffers() override {
    return parts_->rows.receive_buffers();
  }
  std::size_t allocated_bytes() const override { return buffer_bytes(sizes_); }

  static std::size_t buffer_bytes(const Sizes& sizes);

 private:
  struct Parts {
    AssignmentRows rows;
    device::Buffer largest_cell;    // one int32
    device::Buffer cell_of_expert;  // [E] int32
  };
  void agree_on_cells(Stream& stream);
  void exchange_blocks(Stream& stream, std::span<const std::byte> from, std::span<std::byte> to,
                       std::size_t row_bytes, comm::Completion completion);

  comm::Transport& transport_;
  Sizes sizes_;
  TokenBatch batch_;
  std::unique_ptr<Parts> parts_;
  std::size_t cell_rows_ = 0;
  std::vector<comm::Segment> blocks_;  // equal ones, to and from every rank
};

device::Buffer cell_of_expert(const Sizes& sizes) {
  std::vector<std::int32_t> cells(static_cast<std::size_t>(sizes.placement.experts()));
  for (int rank = 0; rank < sizes.ranks; ++rank) {
    const auto first = cells.begin() + sizes.placement.first(rank);
    std::iota(first, first + sizes.placement.count(rank), rank * sizes.placement.max_count());
  }
  Stream stream;
  return device::upload(stream, std::span<const std::int32_t>(cells));
}

std::size_t AllToAllPadded::buffer_bytes(const Sizes& sizes) {
  return AssignmentRows::buffer_bytes(sizes, capacity(sizes)) +
         (1 + static_cast<std::size_t>(sizes.placement.experts())) * sizeof(std::int32_t);
}

// The largest cell of any rank, and from it the places in cells.
void AllToAllPadded::agree_on_cells(Stream& stream) {
  AssignmentRows& rows = parts_->rows;
  const auto sent = rows.counts.sent_host();
  std::int32_t largest = sent.empty() ? 0 : *std::max_element(sent.begin(), sent.end());
  const auto host = std::as_writable_bytes(std::span(&largest, 1));
  const auto cell = parts_->largest_cell.bytes();
  device::copy_to_device(stream, host, cell);
  transport_.all_reduce(stream, cell, cell, comm::Element::int32, comm::Reduction::max, 1,
                        comm::Cargo::metadata);
  device::copy_to_host(stream, cell, host);
  stream.synchronize();
  cell_rows_ = static_cast<std::size_t>(largest);
  const std::size_t block_rows = sizes_.experts_each() * cell_rows_;
  for (std::size_t peer = 0; peer < blocks_.size(); ++peer) {
    blocks_[peer] = {static_cast<int>(peer), peer * block_rows, block_rows};
  }
  kernels::pad_positions(stream, batch_.topk_ids, rows.plan.offsets(),
                         parts_->cell_of_expert.as<const std::int32_t>(), cell_rows_,
                         rows.plan.assign_to_pos());
}

// The library has a call for equal blocks; rounds go the way of all others.
void AllToAllPadded::exchange_blocks(Stream& stream, std::span<const std::byte> from,
                                     std::span<std::byte> to, std::size_t row_bytes,
                                     comm::Completion completion) {
  if (sizes_.exchange.schedule == Exchange::Schedule::library) {
    transport_.all_to_all(stream, from, to, row_bytes, blocks_.front().rows, comm::Cargo::payload,
                          completion);
  } else {
    transport_.transfer(stream, from, blocks_, to, blocks_, row_bytes, comm::Cargo::payload,
                        sizes_.exchange.rows(), completion);
  }
}

void AllToAllPadded::prepare(const Sizes& sizes, const TokenBatch& batch) {
  sizes_ = sizes;
  batch_ = batch;
  blocks_.resize(static_cast<std::size_t>(sizes.ranks));
  parts_ =
      std::make_unique<Parts>(Parts{AssignmentRows(sizes, batch, transport_, capacity(sizes)),
                                    device::Buffer(sizeof(std::int32_t)), cell_of_expert(sizes)});
  AssignmentRows& rows = parts_->rows;
  std::vector<Step> dispatch = {
      {"layout", StepKind::layout, [&rows](Stream& s) { rows.layout(s); }},
      {"counts", StepKind::counts,
       [this, &rows](Stream& s) {
         rows.counts.run(s, rows.plan.counts());
         agree_on_cells(s);
       }},
      {"sort", StepKind::layout, [this, &rows](Stream& s) { rows.sort(s, cell_rows_); }},
      {"pack", StepKind::rows, [&rows](Stream& s) { rows.pack(s); }},
      transfer_step("transfer", transport_,
                    [this, &rows](Stream& s, comm::Completion completion) {
                      exchange_blocks(s, rows.packed.bytes(), rows.arrived.bytes(),
                                      sizes_.row_bytes(), completion);
                    }),
      {"unpack", StepKind::rows, [&rows](Stream& s) { rows.unpack(s); }},
  };
  std::vector<Step> combine = {
      {"pack", StepKind::rows, [&rows](Stream& s) { rows.pack_back(s); }},
      transfer_step("transfer", transport_,
                    [this, &rows](Stream& s, comm::Completion completion) {
                      exchange_blocks(s, rows.returning.bytes(), rows.returned.bytes(),
                                      sizes_.combine_row_bytes(), completion);
                    }),
      {"unpack", StepKind::rows, [&rows](Stream& s) { rows.sum(s); }},
  };
  set_steps(std::move(dispatch), std::move(combine));
}

std::int64_t largest_cell(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank) {
  const int first = groups.first_rank(groups.group_of(rank));
  std::int64_t largest = 0;
  for (int source = first; source < first + groups.ep; ++source) {
    const auto cells = traffic.c.row(source);
    largest = std::max(largest, *std::max_element(cells.begin(), cells.end()));
  }
  return largest;
}

RankTraffic declare(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
                    Direction direction, std::size_t row_bytes, const Exchange& exchange) {
  const std::int64_t block = groups.placement.max_count() * largest_cell(traffic, groups, rank);
  RankTraffic declared =
      declare_exchange(groups, rank, direction, row_bytes, [=](int, int) { return block; });
  if (direction == Direction::dispatch && groups.ep > 1) {
    declared.metadata_bytes = CountsExchange::metadata_bytes(groups, exchange) + 4;
  }
  return declared;
}

// Of the rows that travel, padding included.
double bound_us(const TrafficMatrices& traffic, const ExpertGroups& groups, std::size_t row_bytes,
                const LinkRates& links) {
  CountMatrix rows(groups.ranks, groups.ranks);
  for (int source = 0; source < groups.ranks; ++source) {
    const std::int64_t block = groups.placement.max_count() * largest_cell(traffic, groups, source);
    for (const int peer : ranks_of_group(groups, source)) rows.at(source, peer) = block;
  }
  return direct_bound_us(rows, groups, row_bytes, links);
}

}  // namespace

DispatcherEntry alltoall_padded() {
  return {
      .name = "alltoall_padded",
      .summary = "equal blocks of [experts][C] cells, padded to the largest cell",
      .make = [](comm::Transport& transport) -> std::unique_ptr<Dispatcher> {
        return std::make_unique<AllToAllPadded>(transport);
      },
      .exchanges = {.schedules = true, .counts = true},
      .declare = &declare,
      .buffer_bytes = &AllToAllPadded::buffer_bytes,
      .bound_us = &bound_us,
  };
}

}  // namespace moemark::dispatcher
