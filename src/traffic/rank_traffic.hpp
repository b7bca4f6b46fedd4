// Bytes of one rank by link class and direction: what a dispatcher declares by formula and what
// the transport counts when it is handed the data. The two must be equal.
#pragma once

#include <cstdint>

#include "traffic/topology.hpp"

namespace moemark {

struct BytesByLink {
  std::int64_t self = 0;   // stays on the rank: never network bytes
  std::int64_t intra = 0;  // to or from another rank of the same node
  std::int64_t inter = 0;  // to or from another node

  std::int64_t& of(LinkClass link) {
    if (link == LinkClass::self) return self;
    return link == LinkClass::intra ? intra : inter;
  }
  [[nodiscard]] std::int64_t network() const { return intra + inter; }
  BytesByLink& operator+=(const BytesByLink& other) {
    self += other.self;
    intra += other.intra;
    inter += other.inter;
    return *this;
  }
  friend bool operator==(const BytesByLink&, const BytesByLink&) = default;
};

struct RankTraffic {
  BytesByLink sent;  // payload, every hop counted
  BytesByLink received;
  std::int64_t messages = 0;        // non-empty payload messages sent to other ranks
  std::int64_t metadata_bytes = 0;  // counts, expert lists, weights sent to other ranks

  RankTraffic& operator+=(const RankTraffic& other) {
    sent += other.sent;
    received += other.received;
    messages += other.messages;
    metadata_bytes += other.metadata_bytes;
    return *this;
  }
  friend bool operator==(const RankTraffic&, const RankTraffic&) = default;
};

}  // namespace moemark
