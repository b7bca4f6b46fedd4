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

void MessageRounds::run(MPI_Comm communicator, int in_flight, const RowUnit& unit,
                        const RowExchange& rows) {
  // A single message goes the short way, the one that ping-pong benchmarks take.
  if (rows.sends.size() == 1 && rows.receives.empty()) {
    const Segment& segment = rows.sends.front();
    check(MPI_Send(rows.send.data() + segment.first_row * rows.row_bytes, unit.count(segment.rows),
                   unit.type, segment.peer, tag, communicator));
    return;
  }
  if (rows.sends.empty() && rows.receives.size() == 1) {
    const Segment& segment = rows.receives.front();
    check(MPI_Recv(rows.receive.data() + segment.first_row * rows.row_bytes,
                   unit.count(segment.rows), unit.type, segment.peer, tag, communicator,
                   MPI_STATUS_IGNORE));
    return;
  }

  by_peer_.assign(by_peer_.size(), {});
  for (const Segment& segment : rows.sends) by_peer_[to_size(segment.peer)].send = segment;
  for (const Segment& segment : rows.receives) by_peer_[to_size(segment.peer)].receive = segment;
  const int ranks = static_cast<int>(by_peer_.size());
  const int places = std::min(in_flight, ranks);
  std::fill_n(requests_.begin(), 2 * places, MPI_REQUEST_NULL);
  for (int round = 0; round < ranks; ++round) {
    MPI_Request* const place = &requests_[2 * to_size(round % places)];
    check(MPI_Waitall(2, place, MPI_STATUSES_IGNORE));
    start(communicator, round, unit, rows, place);
  }
  check(MPI_Waitall(2 * places, requests_.data(), MPI_STATUSES_IGNORE));
}

// Round 0 is the own rows, a copy.
void MessageRounds::start(MPI_Comm communicator, int round, const RowUnit& unit,
                          const RowExchange& rows, MPI_Request* place) {
  const int ranks = static_cast<int>(by_peer_.size());
  const int to = (rank_ + round) % ranks;
  const int from = (rank_ + ranks - round) % ranks;
  const Segment& send = by_peer_[to_size(to)].send;
  const Segment& receive = by_peer_[to_size(from)].receive;
  const std::byte* const source = rows.send.data() + send.first_row * rows.row_bytes;
  std::byte* const destination = rows.receive.data() + receive.first_row * rows.row_bytes;
  if (to == rank_) {
    if (send.rows > 0) std::memcpy(destination, source, send.rows * rows.row_bytes);
    return;
  }
  if (receive.rows > 0) {
    check(MPI_Irecv(destination, unit.count(receive.rows), unit.type, from, tag, communicator,
                    place));
  }
  if (send.rows > 0) {
    check(MPI_Isend(source, unit.count(send.rows), unit.type, to, tag, communicator, place + 1));
  }
}

}  // namespace moemark::comm
