// Counts the bytes that a transport is handed, by link class and direction.
#include "comm/traffic_counter.hpp"

#include <utility>

namespace moemark::comm {

TrafficCounter::TrafficCounter(Topology topology, int rank)
    : topology_(std::move(topology)), rank_(rank) {}

void TrafficCounter::count_send(int peer, std::size_t bytes, Cargo cargo) {
  const auto amount = static_cast<std::int64_t>(bytes);
  if (cargo == Cargo::metadata) {
    total_.metadata_bytes += peer == rank_ ? 0 : amount;
    return;
  }
  total_.sent.of(topology_.link(rank_, peer)) += amount;
  total_.messages += peer != rank_ && amount > 0 ? 1 : 0;
}

void TrafficCounter::count_receive(int peer, std::size_t bytes, Cargo cargo) {
  if (cargo == Cargo::metadata) return;
  total_.received.of(topology_.link(peer, rank_)) += static_cast<std::int64_t>(bytes);
}

void TrafficCounter::count_reduced_metadata(std::size_t bytes) {
  if (topology_.ranks() > 1) total_.metadata_bytes += static_cast<std::int64_t>(bytes);
}

}  // namespace moemark::comm
