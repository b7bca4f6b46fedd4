// An uneven exchange as rounds of point-to-point messages.
#include "comm/mpi/message_rounds.hpp"

#include <algorithm>
#include <cstring>

#include "comm/mpi/check.hpp"

namespace moemark::comm {
namespace {

constexpr int tag = 0;

std::size_t to_size(int value) {
  return static_cast<std::size_t>(value);
}

}  // namespace

// A single message goes the blocking way, the one that ping-pong benchmarks take.
bool MessageRounds::goes_the_short_way() {
  const auto& [communicator, unit, rows, places, next, rounds] = ongoing_;
  if (rows.sends.size() == 1 && rows.receives.empty()) {
    const Segment& segment = rows.sends.front();
    check(MPI_Send(rows.send.data() + segment.first_row * rows.row_bytes, unit.count(segment.rows),
                   unit.type, segment.peer, tag, communicator));
    return true;
  }
  if (rows.sends.empty() && rows.receives.size() == 1) {
    const Segment& segment = rows.receives.front();
    check(MPI_Recv(rows.receive.data() + segment.first_row * rows.row_bytes,
                   unit.count(segment.rows), unit.type, segment.peer, tag, communicator,
                   MPI_STATUS_IGNORE));
    return true;
  }
  return false;
}

void MessageRounds::start(MPI_Comm communicator, int in_flight, const RowUnit& unit,
                          const RowExchange& rows) {
  const int ranks = static_cast<int>(by_peer_.size());
  ongoing_ = {communicator, unit, rows, std::min(in_flight, ranks), 0, ranks};
  if (goes_the_short_way()) {
    ongoing_ = {};
    return;
  }
  by_peer_.assign(by_peer_.size(), {});
  for (const Segment& segment : rows.sends) by_peer_[to_size(segment.peer)].send = segment;
  for (const Segment& segment : rows.receives) by_peer_[to_size(segment.peer)].receive = segment;
  std::fill_n(requests_.begin(), 2 * ongoing_.places, MPI_REQUEST_NULL);
  while (ongoing_.next_round < ongoing_.places) start_round(ongoing_.next_round++);
}

void MessageRounds::finish() {
  while (ongoing_.next_round < ongoing_.rounds) {
    check(MPI_Waitall(2, place_of(ongoing_.next_round), MPI_STATUSES_IGNORE));
    start_round(ongoing_.next_round++);
  }
  check(MPI_Waitall(2 * ongoing_.places, requests_.data(), MPI_STATUSES_IGNORE));
  ongoing_ = {};
}

// Round 0 is the own rows, a copy.
void MessageRounds::start_round(int round) {
  const auto& [communicator, unit, rows, places, next, rounds] = ongoing_;
  const int to = (rank_ + round) % rounds;
  const int from = (rank_ + rounds - round) % rounds;
  const Segment& send = by_peer_[to_size(to)].send;
  const Segment& receive = by_peer_[to_size(from)].receive;
  const std::byte* const source = rows.send.data() + send.first_row * rows.row_bytes;
  std::byte* const destination = rows.receive.data() + receive.first_row * rows.row_bytes;
  if (to == rank_) {
    if (send.rows > 0) std::memcpy(destination, source, send.rows * rows.row_bytes);
    return;
  }
  MPI_Request* const place = place_of(round);
  if (receive.rows > 0) {
    check(MPI_Irecv(destination, unit.count(receive.rows), unit.type, from, tag, communicator,
                    place));
  }
  if (send.rows > 0) {
    check(MPI_Isend(source, unit.count(send.rows), unit.type, to, tag, communicator, place + 1));
  }
}

}  // namespace moemark::comm
