// The bare MPI_Alltoallv; nothing but MPI and two allocations.
#include "comm/raw_reference.hpp"

#include <mpi.h>

#include <algorithm>
#include <climits>
#include <stdexcept>

#include "comm/mpi/check.hpp"

namespace moemark::comm {

struct RawReference::State {
  explicit State(std::size_t ranks)
      : send_counts(ranks), send_offsets(ranks), receive_counts(ranks), receive_offsets(ranks) {}
  ~State() { MPI_Comm_free(&comm); }

  MPI_Comm comm = MPI_COMM_NULL;
  std::vector<int> send_counts, send_offsets, receive_counts, receive_offsets;
  std::vector<char> send, receive;
};

namespace {

std::size_t fill(const std::vector<std::size_t>& bytes, std::vector<int>& counts,
                 std::vector<int>& offsets) {
  std::size_t total = 0;
  for (std::size_t r = 0; r < bytes.size(); ++r) {
    if (total + bytes[r] > INT_MAX) throw std::length_error("raw reference of 2 GiB or more");
    counts[r] = static_cast<int>(bytes[r]);
    offsets[r] = static_cast<int>(total);
    total += bytes[r];
  }
  return total;
}

}  // namespace

RawReference::RawReference(const Communicator& communicator,
                           const std::vector<std::size_t>& send_bytes,
                           const std::vector<std::size_t>& receive_bytes)
    : state_(std::make_unique<State>(send_bytes.size())) {
  State& s = *state_;
  check(MPI_Comm_dup(communicator.handle().comm, &s.comm));
  s.send.assign(fill(send_bytes, s.send_counts, s.send_offsets), 1);
  s.receive.assign(fill(receive_bytes, s.receive_counts, s.receive_offsets), 0);
}

RawReference::~RawReference() = default;

void RawReference::rewrite_send_buffer(device::Stream& /*stream*/) {
  std::fill(state_->send.begin(), state_->send.end(), 1);
}

void RawReference::run(device::Stream& /*stream*/) {
  State& s = *state_;
  check(MPI_Alltoallv(s.send.data(), s.send_counts.data(), s.send_offsets.data(), MPI_BYTE,
                      s.receive.data(), s.receive_counts.data(), s.receive_offsets.data(), MPI_BYTE,
                      s.comm));
}

}  // namespace moemark::comm
