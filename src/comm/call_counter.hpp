// What each call of a Transport adds to its TrafficCounter: the same for every back end, and said
// before the call is handed on.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "comm/transport.hpp"

namespace moemark::comm {

class CallCounter {
 public:
  CallCounter(TrafficCounter counter, int rank, int ranks)
      : counter_(std::move(counter)), rank_(rank), ranks_(ranks) {}

  [[nodiscard]] TrafficCounter& counter() { return counter_; }
  [[nodiscard]] const TrafficCounter& counter() const { return counter_; }

  void segments(std::span<const Segment> sends, std::span<const Segment> receives,
                std::size_t row_bytes, Cargo cargo) {
    for (const Segment& segment : sends) {
      counter_.count_send(segment.peer, segment.rows * row_bytes, cargo);
    }
    for (const Segment& segment : receives) {
      counter_.count_receive(segment.peer, segment.rows * row_bytes, cargo);
    }
  }

  // A block of `bytes` from each rank to each other, or as many as a ring hands on.
  void blocks(std::size_t bytes, Cargo cargo, CountedAs counted_as) {
    if (counted_as == CountedAs::ring) {
      ring((size() - 1) * bytes, cargo);
      return;
    }
    for (int peer = 0; peer < ranks_; ++peer) {
      counter_.count_send(peer, bytes, cargo);
      counter_.count_receive(peer, bytes, cargo);
    }
  }

  void all_reduce(std::size_t bytes, Cargo cargo) {
    if (cargo == Cargo::metadata) {
      counter_.count_reduced_metadata(bytes);
    } else if (ranks_ > 1) {
      ring(2 * (size() - 1) * bytes / size(), cargo);
    }
  }

 private:
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(ranks_); }

  void ring(std::size_t bytes, Cargo cargo) {
    counter_.count_send((rank_ + 1) % ranks_, bytes, cargo);
    counter_.count_receive((rank_ + ranks_ - 1) % ranks_, bytes, cargo);
  }

  TrafficCounter counter_;
  int rank_;
  int ranks_;
};

}  // namespace moemark::comm
