// The buffers and steps of strategies that carry one row an assignment.
#include "dispatcher/parts/assignment_rows.hpp"

#include "kernels/permutation.hpp"

namespace moemark::dispatcher {
namespace {

std::size_t regrouped_rows(const Sizes& sizes, const Capacity& capacity) {
  return capacity.regroups ? sizes.receive_rows : 0;
}

}  // namespace

AssignmentRows::AssignmentRows(const Sizes& sizes, const TokenBatch& batch,
                               comm::Transport& transport, const Capacity& capacity)
    : plan(sizes),
      counts(sizes, transport),
      packed(capacity.send_rows * sizes.row_bytes()),
      arrived(capacity.arrive_rows * sizes.row_bytes()),
      returning(capacity.arrive_rows * sizes.combine_row_bytes()),
      returned(capacity.send_rows * sizes.combine_row_bytes()),
      sizes_(sizes),
      batch_(batch),
      regroup_(sizes, regrouped_rows(sizes, capacity)),
      expert_rows_(regrouped_rows(sizes, capacity) * sizes.row_bytes()),
      expert_outputs_(regrouped_rows(sizes, capacity) * sizes.combine_row_bytes()) {
  transport.prepare_rows(sizes.row_bytes());
  transport.prepare_rows(sizes.combine_row_bytes());
  // Padding, where there is any, travels too; it must at least be somebody's bytes.
  device::Stream stream;
  device::fill_bytes(stream, packed.bytes(), std::byte{0});
  device::fill_bytes(stream, returning.bytes(), std::byte{0});
  stream.synchronize();
}

std::size_t AssignmentRows::buffer_bytes(const Sizes& sizes, const Capacity& capacity) {
  return SendPlan::buffer_bytes(sizes) + CountsExchange::buffer_bytes(sizes) +
         Regroup::buffer_bytes(sizes, regrouped_rows(sizes, capacity)) +
         (capacity.send_rows + capacity.arrive_rows + regrouped_rows(sizes, capacity)) *
             (sizes.row_bytes() + sizes.combine_row_bytes());
}

void AssignmentRows::pack(device::Stream& stream) {
  kernels::permute_rows(stream, batch_.rows, sizes_.row_bytes(), plan.assign_to_pos(), sizes_.topk,
                        packed.bytes());
}

void AssignmentRows::unpack(device::Stream& stream) {
  regroup_.to_experts(stream, arrived.bytes(), expert_rows_.bytes(), sizes_.row_bytes());
}

void AssignmentRows::pack_back(device::Stream& stream) {
  regroup_.to_arrival(stream, expert_outputs_.bytes(), returning.bytes(),
                      sizes_.combine_row_bytes());
}

void AssignmentRows::sum(device::Stream& stream) {
  kernels::unpermute_rows(stream, {sizes_.combine_dtype, sizes_.hidden, returned.bytes()},
                          plan.assign_to_pos(), batch_.topk_weights, sizes_.topk,
                          {sizes_.combine_dtype, sizes_.hidden, batch_.combined});
}

ExpertBatch AssignmentRows::expert_batch() {
  return {{sizes_.dtype, sizes_.hidden, expert_rows_.bytes()},
          {sizes_.combine_dtype, sizes_.hidden, expert_outputs_.bytes()},
          regroup_.expert_offsets()};
}

std::vector<std::span<std::byte>> AssignmentRows::receive_buffers() {
  return {arrived.bytes(), expert_rows_.bytes(), returned.bytes()};
}

}  // namespace moemark::dispatcher
