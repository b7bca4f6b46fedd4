// Bare grouped sends and receives of NCCL with the same counts, in memory and on a communicator of
// its own.
#include "comm/raw_reference.hpp"

#include "comm/nccl/nccl_communicator.hpp"
#include "device/buffer.hpp"
#include "device/cuda/check.hpp"

namespace moemark::comm {
namespace {

std::size_t sum(const std::vector<std::size_t>& bytes) {
  std::size_t total = 0;
  for (const std::size_t each : bytes) total += each;
  return total;
}

}  // namespace

struct RawReference::State {
  State(const Communicator& communicator, std::vector<std::size_t> out, std::vector<std::size_t> in)
      : nccl(NcclCommunicator::among(communicator)),
        send_bytes(std::move(out)),
        receive_bytes(std::move(in)),
        send(sum(send_bytes)),
        receive(sum(receive_bytes)) {}

  std::shared_ptr<NcclCommunicator> nccl;
  std::vector<std::size_t> send_bytes, receive_bytes;
  device::Buffer send, receive;
};

RawReference::RawReference(const Communicator& communicator,
                           const std::vector<std::size_t>& send_bytes,
                           const std::vector<std::size_t>& receive_bytes)
    : state_(std::make_unique<State>(communicator, send_bytes, receive_bytes)) {
  device::Stream stream;
  rewrite_send_buffer(stream);
  run(stream);  // connects the pairs
  stream.synchronize();
}

RawReference::~RawReference() = default;

void RawReference::rewrite_send_buffer(device::Stream& stream) {
  device::fill_bytes(stream, state_->send.bytes(), std::byte{1});
}

void RawReference::run(device::Stream& stream) {
  State& s = *state_;
  device::observe(stream, s.nccl);
  const cudaStream_t queue = device::native(stream);
  const std::byte* from = s.send.bytes().data();
  std::byte* to = s.receive.bytes().data();
  NcclGroup group;
  for (std::size_t peer = 0; peer < s.send_bytes.size(); ++peer) {
    const int rank = static_cast<int>(peer);
    if (s.send_bytes[peer] > 0) {
      check(ncclSend(from, s.send_bytes[peer], ncclUint8, rank, s.nccl->get(), queue));
    }
    if (s.receive_bytes[peer] > 0) {
      check(ncclRecv(to, s.receive_bytes[peer], ncclUint8, rank, s.nccl->get(), queue));
    }
    from += s.send_bytes[peer];
    to += s.receive_bytes[peer];
  }
  group.launch(s.nccl->get());
}

}  // namespace moemark::comm
