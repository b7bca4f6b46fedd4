// Counts the bytes that a transport is handed, by link class and direction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "traffic/rank_traffic.hpp"

namespace moemark::comm {

// What a transfer carries: payload rows, or the counts and lists that describe them.
enum class Cargo : std::uint8_t { payload, metadata };

class TrafficCounter {
 public:
  TrafficCounter(Topology topology, int rank)
      : TrafficCounter(std::move(topology), rank, std::make_shared<RankTraffic>()) {}
  // A counter of some of the ranks that adds to the same totals.
  [[nodiscard]] TrafficCounter of_part(Topology topology, int rank) const {
    return {std::move(topology), rank, total_};
  }

  // In the header because they run inside the time of every call.
  void count_send(int peer, std::size_t bytes, Cargo cargo) {
    const auto amount = static_cast<std::int64_t>(bytes);
    if (cargo == Cargo::metadata) {
      total_->metadata_bytes += peer == rank_ ? 0 : amount;
      return;
    }
    total_->sent.of(topology_.link(rank_, peer)) += amount;
    total_->messages += peer != rank_ && amount > 0 ? 1 : 0;
  }
  void count_receive(int peer, std::size_t bytes, Cargo cargo) {
    if (cargo == Cargo::metadata) return;
    total_->received.of(topology_.link(peer, rank_)) += static_cast<std::int64_t>(bytes);
  }
  // An all-reduce of metadata: its vector, once, if there is anybody else.
  void count_reduced_metadata(std::size_t bytes) {
    if (topology_.ranks() > 1) total_->metadata_bytes += static_cast<std::int64_t>(bytes);
  }

  [[nodiscard]] const RankTraffic& total() const { return *total_; }
  void reset() { *total_ = {}; }

  [[nodiscard]] const Topology& topology() const { return topology_; }

 private:
  TrafficCounter(Topology topology, int rank, std::shared_ptr<RankTraffic> total)
      : topology_(std::move(topology)), rank_(rank), total_(std::move(total)) {}

  Topology topology_;
  int rank_;
  std::shared_ptr<RankTraffic> total_;
};

}  // namespace moemark::comm
