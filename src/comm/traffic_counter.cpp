// Counts the bytes that a transport is handed, by link class and direction.
#include "comm/traffic_counter.hpp"

#include <utility>

namespace moemark::comm {

TrafficCounter::TrafficCounter(Topology topology, int rank)
    : topology_(std::move(topology)), rank_(rank) {}

void TrafficCounter::count_reduced_metadata(std::size_t bytes) {
  if (topology_.ranks() > 1) total_.metadata_bytes += static_cast<std::int64_t>(bytes);
}

}  // namespace moemark::comm
