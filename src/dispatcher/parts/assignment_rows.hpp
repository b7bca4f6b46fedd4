// The buffers and steps of strategies that carry one row an assignment: sorting by expert, packing,
// regrouping what arrived by expert, and the weighted sum at home. What is between, how many rows
// go where, is the strategy's.
#pragma once

#include <vector>

#include "device/buffer.hpp"
#include "dispatcher/parts/layout.hpp"

namespace moemark::dispatcher {

// How many rows the buffers on the way hold; padding included.
struct Capacity {
  std::size_t send_rows = 0;
  std::size_t arrive_rows = 0;
  bool regroups = true;  // else rows arrive by expert: `arrived` and `returning` are the experts'
};

class AssignmentRows {
 public:
  AssignmentRows(const Sizes& sizes, const TokenBatch& batch, comm::Transport& transport,
                 const Capacity& capacity);
  static std::size_t buffer_bytes(const Sizes& sizes, const Capacity& capacity);

  // Dispatch. Positions of `plan` are rows of `packed`; a strategy may change them before pack().
  void layout(device::Stream& stream) { plan.build(stream, batch_.topk_ids); }
  void pack(device::Stream& stream);
  // rows_per_chunk = 0: (source, expert) chunks lie behind each other, else in cells of that size.
  void sort(device::Stream& stream, std::size_t rows_per_chunk) {
    regroup_.build(stream, counts.received(), counts.received_rows(), rows_per_chunk);
  }
  void unpack(device::Stream& stream);

  // Combine, in reverse.
  void pack_back(device::Stream& stream);
  void sum(device::Stream& stream);

  [[nodiscard]] ExpertBatch expert_batch();
  [[nodiscard]] std::vector<std::span<std::byte>> receive_buffers();

  SendPlan plan;
  CountsExchange counts;
  device::Buffer packed, arrived;      // dispatch, rows of b bytes
  device::Buffer returning, returned;  // combine, rows of b_c bytes

 private:
  Sizes sizes_;
  TokenBatch batch_;
  Regroup regroup_;
  device::Buffer expert_rows_, expert_outputs_;
};

}  // namespace moemark::dispatcher
