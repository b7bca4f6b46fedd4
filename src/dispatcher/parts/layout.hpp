// Steps that strategies share: sorting a rank's assignments by expert, exchanging counts, and
// regrouping what arrived by expert.
#pragma once

#include <vector>

#include "comm/transport.hpp"
#include "device/buffer.hpp"
#include "dispatcher/dispatcher.hpp"
#include "dispatcher/parts/peer_counts.hpp"

namespace moemark::dispatcher {

// The sender's side: where each assignment goes in expert-sorted (hence destination-sorted) order.
class SendPlan {
 public:
  explicit SendPlan(const Sizes& sizes);
  static std::size_t buffer_bytes(const Sizes& sizes);

  void build(device::Stream& stream, std::span<const std::int32_t> topk_ids);

  [[nodiscard]] std::span<const std::int32_t> counts() const { return counts_.as<std::int32_t>(); }
  [[nodiscard]] std::span<const std::int32_t> offsets() const {
    return offsets_.as<std::int32_t>();
  }
  [[nodiscard]] std::span<std::int32_t> assign_to_pos() {
    return assign_to_pos_.as<std::int32_t>();
  }

 private:
  device::Buffer counts_, offsets_, assign_to_pos_;
};

// Every rank learns how many rows each source has for each of its experts. Moves
// [ranks, experts_each] int32, short ranks padded with zeros.
class CountsExchange {
 public:
  CountsExchange(const Sizes& sizes, comm::Transport& transport);
  static std::size_t buffer_bytes(const Sizes& sizes);

  // Queues the exchange and waits for the numbers on the host.
  void run(device::Stream& stream, std::span<const std::int32_t> expert_counts);

  // What one rank sends to the others.
  static std::int64_t metadata_bytes(const ExpertGroups& groups, const Exchange& exchange);

  // [ranks, experts_each], in device memory.
  [[nodiscard]] std::span<const std::int32_t> received() const { return counts_.received(); }
  // The host's copies, [ranks, experts_each].
  [[nodiscard]] std::span<const std::int32_t> sent_host() const { return counts_.sent_host(); }
  [[nodiscard]] std::span<const std::int32_t> received_host() const {
    return counts_.received_host();
  }

  // Rows behind each other, one segment a rank.
  void fill_segments(std::vector<comm::Segment>& sends, std::vector<comm::Segment>& receives) const;
  [[nodiscard]] std::size_t received_rows() const;

 private:
  std::size_t experts_each_;
  device::Buffer spread_index_;  // [ranks, experts_each] -> expert, -1 = padding
  device::Buffer sent_;
  PeerCounts counts_;
};

// The receiver's side: arrival order to expert-major order and back.
class Regroup {
 public:
  // For up to `rows` rows.
  Regroup(const Sizes& sizes, std::size_t rows);
  static std::size_t buffer_bytes(const Sizes& sizes, std::size_t rows);

  // counts [ranks, experts_each]. rows_per_chunk = 0: dense chunks; else cells of that many rows.
  void build(device::Stream& stream, std::span<const std::int32_t> counts, std::size_t rows,
             std::size_t rows_per_chunk);
  void to_experts(device::Stream& stream, std::span<const std::byte> arrived,
                  std::span<std::byte> expert_rows, std::size_t row_bytes) const;
  void to_arrival(device::Stream& stream, std::span<const std::byte> expert_rows,
                  std::span<std::byte> arrived, std::size_t row_bytes) const;

  // [local experts + 1]
  [[nodiscard]] std::span<const std::int32_t> expert_offsets() const {
    return expert_offsets_.as<std::int32_t>().first(local_experts_ + 1);
  }

 private:
  int ranks_;
  std::size_t local_experts_;
  std::size_t rows_ = 0;
  device::Buffer expert_offsets_;  // [experts_each + 1]: padding counts as an empty expert
  device::Buffer pos_to_arrival_;
};

// Traffic of an exchange that moves rows(s, d) rows from s to d within the rank's EP group:
// dispatch as given, combine transposed. Payload and messages only.
RankTraffic declare_exchange(const ExpertGroups& groups, int rank, Direction direction,
                             std::size_t row_bytes,
                             const std::function<std::int64_t(int, int)>& rows);

}  // namespace moemark::dispatcher
