// An uneven exchange as rounds of point-to-point messages.
#pragma once

#include <mpi.h>

#include <span>
#include <vector>

#include "comm/mpi/row_unit.hpp"
#include "comm/transport.hpp"

namespace moemark::comm {

// The rows of one Transport::transfer().
struct RowExchange {
  std::span<const std::byte> send;
  std::span<const Segment> sends;
  std::span<std::byte> receive;
  std::span<const Segment> receives;
  std::size_t row_bytes;
};

class MessageRounds {
 public:
  // Of the rank `rank` of so many.
  MessageRounds(int ranks, int rank)
      : rank_(rank),
        by_peer_(static_cast<std::size_t>(ranks)),
        requests_(2 * static_cast<std::size_t>(ranks)) {}

  // One message for each non-empty segment, `in_flight` rounds at a time: starts as many rounds as
  // may be in flight; finish() goes on with the others and returns when all have ended.
  // `communicator` has the ranks of the constructor.
  void start(MPI_Comm communicator, int in_flight, const RowUnit& unit, const RowExchange& rows);
  void finish();

 private:
  struct Pair {
    Segment send, receive;
  };
  // Of the exchange that is on its way.
  struct Ongoing {
    MPI_Comm communicator = MPI_COMM_NULL;
    RowUnit unit = {MPI_BYTE, 0};
    RowExchange rows = {};
    int places = 0;      // rounds in flight
    int next_round = 0;  // to start
    int rounds = 0;
  };
  [[nodiscard]] MPI_Request* place_of(int round) {
    return &requests_[2 * static_cast<std::size_t>(round % ongoing_.places)];
  }
  bool goes_the_short_way();
  void start_round(int round);

  Ongoing ongoing_;
  int rank_;
  std::vector<Pair> by_peer_;
  std::vector<MPI_Request> requests_;  // a send and a receive for each round in flight
};

}  // namespace moemark::comm
