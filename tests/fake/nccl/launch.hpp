// What the fake NCCL keeps of a communicator and of the calls that it was given.
#pragma once

#include <mpi.h>
#include <nccl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fake/cuda/streams.hpp"

enum class Kind : std::int32_t {
  send,
  receive,
  all_gather,
  reduce_scatter,
  all_reduce,
  all_to_all
};

// What a communicator is here: MPI's of the same ranks, and where its launches stand.
struct ncclComm {
  MPI_Comm mpi = MPI_COMM_NULL;
  int rank = 0;
  int ranks = 1;
  std::string name;
  std::uint64_t launched = 0;  // groups queued so far
  std::uint64_t finished = 0;  // NCCL runs a communicator's launches in the order of the calls
  bool finalized = false;
  std::shared_ptr<int> graph_uses = std::make_shared<int>(0);  // use_count - 1: living graphs
  int children = 0;
  ncclComm* parent = nullptr;
};

namespace fake {

// One call of NCCL as it was written down.
struct Call {
  Kind kind = Kind::send;
  const void* from = nullptr;
  void* to = nullptr;
  std::size_t count = 0;
  ncclDataType_t type = ncclUint8;
  ncclRedOp_t operation = ncclSum;
  int peer = -1;
  cudaStream_t stream = nullptr;
};

std::size_t bytes_of(ncclDataType_t type);
std::string describe(const ncclComm& communicator, std::uint64_t launch, const Call& call);

// The device memory that a call reads and writes.
std::vector<Range> touches(const ncclComm& communicator, const Call& call);

// One launch under way: its messages over MPI, moved on by each call of advance().
class Exchange;
std::shared_ptr<Exchange> begin_exchange(ncclComm* communicator, std::uint64_t launch,
                                         std::vector<Call> calls);
// True once all of it is done. Ends the job where the sides do not fit each other.
bool advance(Exchange& exchange);

}  // namespace fake
