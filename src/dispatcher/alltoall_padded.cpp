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
// Bytes s -> d: ceil(E/R) * C * b (combine b_c). Metadata: 4 * ceil(E/R) for each pair s != d, and
// the 4 bytes of C when there is more than one rank.
#include <algorithm>
#include <numeric>

#include "dispatcher/layout.hpp"
#include "dispatcher/rails.hpp"
#include "kernels/permutation.hpp"
#include "kernels/regroup.hpp"

namespace moemark::dispatcher {
namespace {

class AllToAllPadded final : public Dispatcher {
 public:
  explicit AllToAllPadded(comm::Transport& transport) : transport_(transport) {}

  void prepare(const Sizes& sizes, const TokenBatch& batch) override;
  std::span<const Step> dispatch() const override { return dispatch_; }
  std::span<const Step> combine() const override { return combine_; }
  ExpertBatch expert_batch() override;
  std::vector<std::span<std::byte>> receive_buffers() override;
  std::size_t allocated_bytes() const override { return buffer_bytes(sizes_); }

  static std::size_t buffer_bytes(const Sizes& sizes);

 private:
  struct Buffers {
    Buffers(const Sizes& sizes, comm::Transport& transport);

    SendPlan plan;
    CountsExchange counts;
    Regroup regroup;
    device::Buffer largest_cell;                         // one int32
    device::Buffer cell_of_expert;                       // [E] int32
    device::Buffer packed, arrived, expert_rows;         // dispatch
    device::Buffer expert_outputs, returning, returned;  // combine
  };
  static std::size_t block_rows(const Sizes& sizes) {
    return static_cast<std::size_t>(sizes.ranks) * sizes.experts_each() * sizes.cell_rows;
  }
  void agree_on_cell_rows(device::Stream& stream);
  void make_dispatch_steps();
  void make_combine_steps();

  comm::Transport& transport_;
  Sizes sizes_;
  TokenBatch batch_;
  std::unique_ptr<Buffers> buffers_;
  std::size_t cell_rows_ = 0;
  std::vector<Step> dispatch_, combine_;
};

std::vector<std::int32_t> cell_of_expert(const Sizes& sizes) {
  std::vector<std::int32_t> cells(static_cast<std::size_t>(sizes.placement.experts()));
  for (int rank = 0; rank < sizes.ranks; ++rank) {
    const auto first = cells.begin() + sizes.placement.first(rank);
    std::iota(first, first + sizes.placement.count(rank), rank * sizes.placement.max_count());
  }
  return cells;
}

device::Buffer upload_cells(const Sizes& sizes) {
  device::Stream stream;
  return device::upload(stream, std::span<const std::int32_t>(cell_of_expert(sizes)));
}

AllToAllPadded::Buffers::Buffers(const Sizes& sizes, comm::Transport& transport)
    : plan(sizes),
      counts(sizes, transport),
      regroup(sizes),
      largest_cell(sizeof(std::int32_t)),
      cell_of_expert(upload_cells(sizes)),
      packed(block_rows(sizes) * sizes.row_bytes()),
      arrived(block_rows(sizes) * sizes.row_bytes()),
      expert_rows(sizes.receive_rows * sizes.row_bytes()),
      expert_outputs(sizes.receive_rows * sizes.combine_row_bytes()),
      returning(block_rows(sizes) * sizes.combine_row_bytes()),
      returned(block_rows(sizes) * sizes.combine_row_bytes()) {
  // Padding travels too; it must at least be somebody's bytes.
  device::Stream stream;
  device::fill_bytes(stream, packed.bytes(), std::byte{0});
  device::fill_bytes(stream, returning.bytes(), std::byte{0});
  stream.synchronize();
}

std::size_t AllToAllPadded::buffer_bytes(const Sizes& sizes) {
  return SendPlan::buffer_bytes(sizes) + CountsExchange::buffer_bytes(sizes) +
         Regroup::buffer_bytes(sizes) +
         (1 + static_cast<std::size_t>(sizes.placement.experts())) * sizeof(std::int32_t) +
         (2 * block_rows(sizes) + sizes.receive_rows) *
             (sizes.row_bytes() + sizes.combine_row_bytes());
}

void AllToAllPadded::prepare(const Sizes& sizes, const TokenBatch& batch) {
  sizes_ = sizes;
  batch_ = batch;
  buffers_ = std::make_unique<Buffers>(sizes, transport_);
  transport_.prepare_rows(sizes.row_bytes());
  transport_.prepare_rows(sizes.combine_row_bytes());
  make_dispatch_steps();
  make_combine_steps();
}

void AllToAllPadded::agree_on_cell_rows(device::Stream& stream) {
  const auto sent = buffers_->counts.sent_host();
  std::int32_t largest = sent.empty() ? 0 : *std::max_element(sent.begin(), sent.end());
  const auto host = std::as_writable_bytes(std::span(&largest, 1));
  device::copy_to_device(stream, host, buffers_->largest_cell.bytes());
  const auto cell = buffers_->largest_cell.bytes();
  transport_.all_reduce(stream, cell, cell, comm::Element::int32, comm::Reduction::max, 1,
                        comm::Cargo::metadata);
  device::copy_to_host(stream, buffers_->largest_cell.bytes(), host);
  stream.synchronize();
  cell_rows_ = static_cast<std::size_t>(largest);
}

void AllToAllPadded::make_dispatch_steps() {
  Buffers& b = *buffers_;
  dispatch_ = {
      {"layout", false,
       [this, &b](device::Stream& stream) { b.plan.build(stream, batch_.topk_ids); }},
      {"counts", true,
       [this, &b](device::Stream& stream) {
         b.counts.run(stream, b.plan.counts());
         agree_on_cell_rows(stream);
         kernels::pad_positions(stream, batch_.topk_ids, b.plan.offsets(),
                                b.cell_of_expert.as<const std::int32_t>(), cell_rows_,
                                b.plan.assign_to_pos());
       }},
      {"pack", false,
       [this, &b](device::Stream& stream) {
         kernels::permute_rows(stream, batch_.rows, sizes_.row_bytes(), b.plan.assign_to_pos(),
                               sizes_.topk, b.packed.bytes());
       }},
      {"transfer", false,
       [this, &b](device::Stream& stream) {
         transport_.all_to_all(stream, b.packed.bytes(), b.arrived.bytes(), sizes_.row_bytes(),
                               sizes_.experts_each() * cell_rows_, comm::Cargo::payload);
       }},
      {"unpack", false,
       [this, &b](device::Stream& stream) {
         b.regroup.build(stream, b.counts.received(), b.counts.received_rows(), cell_rows_);
         b.regroup.to_experts(stream, b.arrived.bytes(), b.expert_rows.bytes(), sizes_.row_bytes());
       }},
  };
}

void AllToAllPadded::make_combine_steps() {
  Buffers& b = *buffers_;
  combine_ = {
      {"pack", false,
       [this, &b](device::Stream& stream) {
         b.regroup.to_arrival(stream, b.expert_outputs.bytes(), b.returning.bytes(),
                              sizes_.combine_row_bytes());
       }},
      {"transfer", false,
       [this, &b](device::Stream& stream) {
         transport_.all_to_all(stream, b.returning.bytes(), b.returned.bytes(),
                               sizes_.combine_row_bytes(), sizes_.experts_each() * cell_rows_,
                               comm::Cargo::payload);
       }},
      {"unpack", false,
       [this, &b](device::Stream& stream) {
         kernels::unpermute_rows(stream, {sizes_.combine_dtype, sizes_.hidden, b.returned.bytes()},
                                 b.plan.assign_to_pos(), batch_.topk_weights, sizes_.topk,
                                 {sizes_.combine_dtype, sizes_.hidden, batch_.combined});
       }},
  };
}

ExpertBatch AllToAllPadded::expert_batch() {
  return {{sizes_.dtype, sizes_.hidden, buffers_->expert_rows.bytes()},
          {sizes_.combine_dtype, sizes_.hidden, buffers_->expert_outputs.bytes()},
          buffers_->regroup.expert_offsets()};
}

std::vector<std::span<std::byte>> AllToAllPadded::receive_buffers() {
  return {buffers_->arrived.bytes(), buffers_->expert_rows.bytes(), buffers_->returned.bytes()};
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
                    Direction direction, std::size_t row_bytes) {
  const std::int64_t experts_each = groups.placement.max_count();
  const std::int64_t block = experts_each * largest_cell(traffic, groups, rank);
  RankTraffic declared =
      declare_exchange(groups, rank, direction, row_bytes, [=](int, int) { return block; });
  if (direction == Direction::dispatch && groups.ep > 1) {
    declared.metadata_bytes = 4 * experts_each * (groups.ep - 1) + 4;
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
      .declare = &declare,
      .buffer_bytes = &AllToAllPadded::buffer_bytes,
      .bound_us = &bound_us,
  };
}

}  // namespace moemark::dispatcher
