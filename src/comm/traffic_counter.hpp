// Counts the bytes that a transport is handed, by link class and direction.
#pragma once

#include <cstddef>
#include <cstdint>

#include "traffic/rank_traffic.hpp"

namespace moemark::comm {

// What a transfer carries: payload rows, or the counts and lists that describe them.
enum class Cargo : std::uint8_t { payload, metadata };

class TrafficCounter {
 public:
  TrafficCounter(Topology topology, int rank);

  void count_send(int peer, std::size_t bytes, Cargo cargo);
  void count_receive(int peer, std::size_t bytes, Cargo cargo);
  // An all-reduce of metadata: its vector, once, if there is anybody else.
  void count_reduced_metadata(std::size_t bytes);

  [[nodiscard]] const RankTraffic& total() const { return total_; }
  void reset() { total_ = {}; }

 private:
  Topology topology_;
  int rank_;
  RankTraffic total_;
};

}  // namespace moemark::comm
