// Running one NCCL launch over MPI. Each message carries a descriptor (kind, type, count, launch)
// before its data, so that sides that do not fit each other end in a sentence instead of in a hang
// or in damaged memory.
#include <cstring>
#include <deque>
#include <utility>

#include "fake/nccl/launch.hpp"
#include "fake/nccl/reduce.hpp"
#include "fake/violation.hpp"

namespace fake {
namespace {

constexpr int descriptor_tag = 1;
constexpr int data_tag = 2;

struct Descriptor {
  Kind kind = Kind::send;
  std::int32_t type = 0;
  std::int32_t operation = 0;
  std::int32_t unused = 0;
  std::uint64_t count = 0;
};

Descriptor descriptor_of(const Call& call) {
  return {call.kind, static_cast<std::int32_t>(call.type),
          static_cast<std::int32_t>(call.operation), 0, call.count};
}
bool same(const Descriptor& one, const Descriptor& other) {
  return std::memcmp(&one, &other, sizeof one) == 0;
}

bool tested(MPI_Request& request) {
  int done = 0;
  MPI_Test(&request, &done, MPI_STATUS_IGNORE);
  return done != 0;
}

bool is_pairwise(const Call& call) {
  return call.kind == Kind::send || call.kind == Kind::receive;
}

}  // namespace

class Exchange {
 public:
  Exchange(ncclComm* communicator, std::uint64_t launch, std::vector<Call> calls)
      : communicator_(*communicator), launch_(launch), calls_(std::move(calls)) {
    for (const Call& call : calls_) {
      if (is_pairwise(call)) continue;
      collectives_.push_back(&call);
    }
    start_pairs();
    start_collective();
  }

  bool advance() {
    bool done = advance_receives();
    for (Message& message : outgoing_) {
      done = tested(message.descriptor) && tested(message.data) && done;
    }
    return advance_collective() && done;
  }

 private:
  struct Message {
    const Call* call = nullptr;
    Descriptor said;
    MPI_Request descriptor = MPI_REQUEST_NULL;
    MPI_Request data = MPI_REQUEST_NULL;
    bool has_descriptor = false;
  };

  [[nodiscard]] int data_bytes(const Call& call) const {
    return static_cast<int>(call.count * bytes_of(call.type));
  }
  [[nodiscard]] std::string name(const Call& call) const {
    return describe(communicator_, launch_, call);
  }

  void start_pairs() {
    for (const Call& call : calls_) {
      if (!is_pairwise(call)) continue;
      auto& messages = call.kind == Kind::send ? outgoing_ : incoming_;
      Message& message = messages.emplace_back();
      message.call = &call;
      if (call.kind == Kind::receive) {
        MPI_Irecv(&message.said, sizeof(Descriptor), MPI_BYTE, call.peer, descriptor_tag,
                  communicator_.mpi, &message.descriptor);
        continue;
      }
      message.said = descriptor_of(call);
      // Synchronous: done only once the peer has a receive for it.
      MPI_Issend(&message.said, sizeof(Descriptor), MPI_BYTE, call.peer, descriptor_tag,
                 communicator_.mpi, &message.descriptor);
      MPI_Isend(call.from, data_bytes(call), MPI_BYTE, call.peer, data_tag, communicator_.mpi,
                &message.data);
    }
  }

  // Messages of one peer match in the order of the calls: data is asked for in that order too.
  bool advance_receives() {
    bool done = true;
    std::vector<bool> blocked(static_cast<std::size_t>(communicator_.ranks), false);
    for (Message& message : incoming_) {
      const auto peer = static_cast<std::size_t>(message.call->peer);
      if (!message.has_descriptor && !blocked[peer] && tested(message.descriptor)) {
        message.has_descriptor = true;
        begin_data(message);
      }
      blocked[peer] = blocked[peer] || !message.has_descriptor;
      done = message.has_descriptor && tested(message.data) && done;
    }
    return done;
  }

  void begin_data(Message& message) const {
    const Call& call = *message.call;
    if (message.said.count != call.count || message.said.type != call.type) {
      violation("mismatch: " + name(call) + ", but " + std::to_string(message.said.count) +
                " elements of type " + std::to_string(message.said.type) + " are sent");
    }
    MPI_Irecv(call.to, data_bytes(call), MPI_BYTE, call.peer, data_tag, communicator_.mpi,
              &message.data);
  }

  // Collectives of a launch run one after the other.
  void start_collective() {
    if (collectives_.empty()) return;
    mine_ = descriptor_of(*collectives_.front());
    all_.resize(static_cast<std::size_t>(communicator_.ranks));
    MPI_Iallgather(&mine_, sizeof mine_, MPI_BYTE, all_.data(), sizeof mine_, MPI_BYTE,
                   communicator_.mpi, &request_);
    described_ = false;
  }

  bool advance_collective() {
    while (!collectives_.empty()) {
      if (!tested(request_)) return false;
      const Call& call = *collectives_.front();
      if (!described_) {
        begin_collective_data(call);
        continue;
      }
      if (call.kind == Kind::reduce_scatter || call.kind == Kind::all_reduce) finish_sum(call);
      collectives_.pop_front();
      start_collective();
    }
    return true;
  }

  void begin_collective_data(const Call& call) {
    for (std::size_t rank = 0; rank < all_.size(); ++rank) {
      if (same(all_[rank], mine_)) continue;
      violation("mismatch: " + name(call) + ", but rank " + std::to_string(rank) +
                " of it calls kind " + std::to_string(static_cast<int>(all_[rank].kind)) +
                " with " + std::to_string(all_[rank].count) + " elements");
    }
    described_ = true;
    const int bytes = data_bytes(call);
    if (call.kind == Kind::all_to_all) {
      if (call.from == call.to) violation(name(call) + ": there is no all-to-all in place");
      MPI_Ialltoall(call.from, bytes, MPI_BYTE, call.to, bytes, MPI_BYTE, communicator_.mpi,
                    &request_);
    } else if (call.kind == Kind::all_gather) {
      require_own_block(call, static_cast<const std::byte*>(call.to), call.from);
      const bool in_place = call.from == own_block(static_cast<const std::byte*>(call.to), bytes);
      MPI_Iallgather(in_place ? MPI_IN_PLACE : call.from, bytes, MPI_BYTE, call.to, bytes, MPI_BYTE,
                     communicator_.mpi, &request_);
    } else {
      const int blocks = call.kind == Kind::reduce_scatter ? communicator_.ranks : 1;
      if (call.kind == Kind::reduce_scatter) {
        require_own_block(call, static_cast<const std::byte*>(call.from), call.to);
      }
      gathered_.resize(static_cast<std::size_t>(bytes) * static_cast<std::size_t>(blocks) *
                       static_cast<std::size_t>(communicator_.ranks));
      MPI_Iallgather(call.from, bytes * blocks, MPI_BYTE, gathered_.data(), bytes * blocks,
                     MPI_BYTE, communicator_.mpi, &request_);
    }
  }

  [[nodiscard]] const std::byte* own_block(const std::byte* blocks, int bytes) const {
    return blocks + static_cast<std::size_t>(communicator_.rank) * static_cast<std::size_t>(bytes);
  }

  // In place means the rank's own block; any other overlap is damage.
  void require_own_block(const Call& call, const std::byte* blocks, const void* block) const {
    const int bytes = data_bytes(call);
    const auto* const end = blocks + static_cast<std::ptrdiff_t>(bytes) * communicator_.ranks;
    const auto* const begin = static_cast<const std::byte*>(block);
    if (begin + bytes <= blocks || begin >= end || begin == own_block(blocks, bytes)) return;
    violation(name(call) + ": in place, but not in the rank's own block");
  }

  // Block by block in the order of the ranks.
  void finish_sum(const Call& call) {
    const auto bytes = static_cast<std::size_t>(data_bytes(call));
    const bool scatters = call.kind == Kind::reduce_scatter;
    const std::size_t stride =
        bytes * (scatters ? static_cast<std::size_t>(communicator_.ranks) : 1);
    const std::byte* part =
        gathered_.data() + (scatters ? static_cast<std::size_t>(communicator_.rank) * bytes : 0);
    std::memcpy(call.to, part, bytes);
    for (int rank = 1; rank < communicator_.ranks; ++rank) {
      part += stride;
      reduce_into(static_cast<std::byte*>(call.to), part, call.count, call.type, call.operation);
    }
  }

  ncclComm& communicator_;
  std::uint64_t launch_;
  std::vector<Call> calls_;
  std::deque<Message> outgoing_, incoming_;  // deque: requests hold addresses of their elements
  // of the first collective that is not done
  std::deque<const Call*> collectives_;
  Descriptor mine_;
  std::vector<Descriptor> all_;
  std::vector<std::byte> gathered_;
  MPI_Request request_ = MPI_REQUEST_NULL;
  bool described_ = false;
};

std::shared_ptr<Exchange> begin_exchange(ncclComm* communicator, std::uint64_t launch,
                                         std::vector<Call> calls) {
  return std::make_shared<Exchange>(communicator, launch, std::move(calls));
}

bool advance(Exchange& exchange) {
  return exchange.advance();
}

}  // namespace fake
