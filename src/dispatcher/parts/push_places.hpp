// Where rows lie that ranks store into each other's memory: prefix sums over everybody's counts, by
// destination at the source and by source at the destination.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace moemark::dispatcher {

// Rows between this rank and a peer: the first of them here and in the peer's memory.
struct Place {
  std::size_t here = 0;
  std::size_t there = 0;
  std::size_t rows = 0;
};

class PushPlaces {
 public:
  PushPlaces() = default;
  PushPlaces(int ranks, int rank);

  // counts [ranks, ranks]: rows from source to destination.
  void read(std::span<const std::int32_t> counts);

  // Rows that go to the peer; rows that it sends.
  [[nodiscard]] const Place& out(int peer) const { return out_[static_cast<std::size_t>(peer)]; }
  [[nodiscard]] const Place& in(int peer) const { return in_[static_cast<std::size_t>(peer)]; }
  // Place::here of the rows to each rank.
  [[nodiscard]] std::span<const std::size_t> first_out() const { return first_out_; }
  [[nodiscard]] std::size_t received_rows() const { return in_.back().here + in_.back().rows; }

 private:
  std::size_t rank_ = 0;
  std::vector<Place> out_, in_;
  std::vector<std::size_t> first_out_;
};

}  // namespace moemark::dispatcher
