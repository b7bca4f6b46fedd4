// The data plane over MPI, host memory in and out.
#include "comm/transport.hpp"

#include <fmt/format.h>

#include <climits>
#include <deque>
#include <utility>
#include <vector>

#include "comm/call_counter.hpp"
#include "comm/mpi/bfloat16_sum.hpp"
#include "comm/mpi/check.hpp"
#include "comm/mpi/message_rounds.hpp"
#include "comm/mpi/row_type.hpp"
#include "comm/mpi/row_unit.hpp"

namespace moemark::comm {
namespace {

int as_count(std::size_t elements) {
  return RowUnit{MPI_BYTE, 1}.count(elements);
}

struct VectorCounts {
  explicit VectorCounts(int ranks) : counts(to_size(ranks)), displacements(to_size(ranks)) {}

  static std::size_t to_size(int ranks) { return static_cast<std::size_t>(ranks); }

  void set(std::span<const Segment> segments, const RowUnit& unit) {
    std::fill(counts.begin(), counts.end(), 0);
    for (const Segment& segment : segments) {
      counts[to_size(segment.peer)] = unit.count(segment.rows);
      displacements[to_size(segment.peer)] = segment.rows == 0 ? 0 : unit.count(segment.first_row);
    }
  }

  std::vector<int> counts;
  std::vector<int> displacements;
};

std::size_t end_row(std::span<const Segment> segments) {
  std::size_t end = 0;
  for (const Segment& segment : segments) end = std::max(end, segment.first_row + segment.rows);
  return end;
}

}  // namespace

struct Transport::State {
  State(Communicator own, TrafficCounter its_counter)
      : communicator(std::move(own)),
        counted(std::move(its_counter), communicator.rank(), communicator.size()),
        outgoing(communicator.size()),
        incoming(communicator.size()),
        rounds(communicator.size(), communicator.rank()) {}

  [[nodiscard]] MPI_Comm comm() const { return communicator.handle().comm; }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(communicator.size()); }
  [[nodiscard]] RowUnit unit(std::size_t row_bytes, std::size_t rows) const;

  // MPI's blocking function, or its twin that starts and leaves a request to wait for.
  template <class Blocking, class Starting, class... Arguments>
  void call(Completion completion, Blocking* blocking, Starting* starting, Arguments... arguments) {
    if (request != MPI_REQUEST_NULL) throw std::logic_error("an earlier call is not finished");
    check(completion == Completion::at_return ? blocking(arguments...)
                                              : starting(arguments..., &request));
  }

  Communicator communicator;
  CallCounter counted;
  BFloat16Sum bfloat16_sum;
  std::deque<RowType> row_types;
  VectorCounts outgoing;
  VectorCounts incoming;
  MessageRounds rounds;
  MPI_Request request = MPI_REQUEST_NULL;
};

// `rows` is the largest count or displacement of the call on this rank. Ranks may choose
// differently: MPI asks for equal type signatures, and both are plain bytes.
RowUnit Transport::State::unit(std::size_t row_bytes, std::size_t rows) const {
  if (rows * row_bytes <= INT_MAX) return {MPI_BYTE, row_bytes};
  for (const RowType& row : row_types) {
    if (row.row_bytes() == row_bytes) return {row.type(), 1};
  }
  throw std::logic_error(fmt::format("rows of {} bytes were not prepared", row_bytes));
}

Transport::Transport(const Communicator& communicator, const Topology& topology)
    : Transport(std::make_unique<State>(communicator.share(),
                                        TrafficCounter(topology, communicator.rank()))) {}
Transport::Transport(std::unique_ptr<State> state) : state_(std::move(state)) {}
Transport::~Transport() = default;
Transport::Transport(Transport&& other) noexcept = default;
Transport& Transport::operator=(Transport&& other) noexcept = default;

Transport Transport::share() const {
  return Transport(
      std::make_unique<State>(state_->communicator.share(), state_->counted.counter()));
}

Transport Transport::split(int color, int key) const {
  Communicator part = state_->communicator.split(color, key);
  const int my_node = topology().node_of(rank());
  const Topology nodes(part.all_gather_value(my_node));
  const int my_rank = part.rank();
  return Transport(
      std::make_unique<State>(std::move(part), state_->counted.counter().of_part(nodes, my_rank)));
}

SharedWindow Transport::window(std::span<const std::size_t> section_bytes) const {
  return {state_->communicator, state_->counted.counter(), section_bytes};
}

const Topology& Transport::topology() const {
  return state_->counted.counter().topology();
}
int Transport::rank() const {
  return state_->communicator.rank();
}
int Transport::size() const {
  return state_->communicator.size();
}
TrafficCounter& Transport::counter() {
  return state_->counted.counter();
}

void Transport::prepare_rows(std::size_t row_bytes) {
  for (const RowType& row : state_->row_types) {
    if (row.row_bytes() == row_bytes) return;
  }
  state_->row_types.emplace_back(row_bytes);
}

void Transport::all_to_all(device::Stream& /*stream*/, std::span<const std::byte> send,
                           std::span<std::byte> receive, std::size_t row_bytes,
                           std::size_t rows_each, Cargo cargo, Completion completion) {
  state_->counted.blocks(rows_each * row_bytes, cargo, CountedAs::pairs);
  const RowUnit unit = state_->unit(row_bytes, rows_each);
  state_->call(completion, MPI_Alltoall, MPI_Ialltoall,           //
               send.data(), unit.count(rows_each), unit.type,     // send
               receive.data(), unit.count(rows_each), unit.type,  // receive
               state_->comm());
}

void Transport::transfer(device::Stream& /*stream*/, std::span<const std::byte> send,
                         std::span<const Segment> sends, std::span<std::byte> receive,
                         std::span<const Segment> receives, std::size_t row_bytes, Cargo cargo,
                         Schedule schedule, Completion completion) {
  State& state = *state_;
  state.counted.segments(sends, receives, row_bytes, cargo);
  const RowUnit unit = state.unit(row_bytes, std::max(end_row(sends), end_row(receives)));
  if (schedule.rounds_in_flight == 0) {
    state.outgoing.set(sends, unit);
    state.incoming.set(receives, unit);
    const auto call = [&state, completion](auto... arguments) {
      state.call(completion, MPI_Alltoallv, MPI_Ialltoallv, arguments..., state.comm());
    };
    call(send.data(), state.outgoing.counts.data(), state.outgoing.displacements.data(), unit.type,
         receive.data(), state.incoming.counts.data(), state.incoming.displacements.data(),
         unit.type);
    return;
  }
  state.rounds.start(state.comm(), schedule.rounds_in_flight, unit,
                     {send, sends, receive, receives, row_bytes});
  if (completion == Completion::at_return) state.rounds.finish();
}

void Transport::finish(device::Stream& /*stream*/) {
  check(MPI_Wait(&state_->request, MPI_STATUS_IGNORE));
  state_->rounds.finish();
}

void Transport::all_gather(device::Stream& /*stream*/, std::span<const std::byte> send,
                           std::span<std::byte> receive, std::size_t row_bytes, std::size_t rows,
                           Cargo cargo, CountedAs counted_as, Completion completion) {
  state_->counted.blocks(rows * row_bytes, cargo, counted_as);
  const RowUnit unit = state_->unit(row_bytes, rows);
  const std::size_t own_block = static_cast<std::size_t>(rank()) * rows * row_bytes;
  const bool in_place =
      own_block < receive.size() && send.data() == receive.subspan(own_block).data();
  state_->call(completion, MPI_Allgather, MPI_Iallgather,                           //
               in_place ? MPI_IN_PLACE : send.data(), unit.count(rows), unit.type,  // send
               receive.data(), unit.count(rows), unit.type,                         // receive
               state_->comm());
}

void Transport::reduce_scatter(device::Stream& /*stream*/, std::span<const std::byte> send,
                               std::span<std::byte> receive, Element element,
                               std::size_t elements_each, CountedAs counted_as,
                               Completion completion) {
  const bool half = element == Element::bfloat16;
  state_->counted.blocks(elements_each * (half ? 2U : 4U), Cargo::payload, counted_as);
  const bool in_place = !send.empty() && send.data() == receive.data();
  state_->call(completion, MPI_Reduce_scatter_block, MPI_Ireduce_scatter_block,
               in_place ? MPI_IN_PLACE : send.data(), receive.data(), as_count(elements_each),
               half ? state_->bfloat16_sum.type() : MPI_FLOAT,
               half ? state_->bfloat16_sum.operation() : MPI_SUM, state_->comm());
}

void Transport::all_reduce(device::Stream& /*stream*/, std::span<const std::byte> send,
                           std::span<std::byte> receive, Element element, Reduction reduction,
                           std::size_t elements, Cargo cargo) {
  state_->counted.all_reduce(4 * elements, cargo);
  check(MPI_Allreduce(send.data() == receive.data() ? MPI_IN_PLACE : send.data(), receive.data(),
                      as_count(elements), element == Element::int32 ? MPI_INT32_T : MPI_FLOAT,
                      reduction == Reduction::sum ? MPI_SUM : MPI_MAX, state_->comm()));
}

}  // namespace moemark::comm
