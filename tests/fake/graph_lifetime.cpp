// A captured graph of NCCL calls, replayed, and its end: in NCCL's order (graph, then
// communicator), or with the mistake that the argument names. Exit code 0 when the replay moved
// what it should.
#include <cstdio>
#include <optional>
#include <string_view>

#include "comm/transport.hpp"
#include "device/buffer.hpp"
#include "device/choice.hpp"
#include "device/cuda/check.hpp"
#include "device/cuda/native.hpp"

using namespace moemark;  // NOLINT: a program of one page

namespace {

constexpr std::size_t rows = 8;

int run(const comm::Communicator& world, bool communicator_first) {
  std::optional<comm::Transport> transport(std::in_place, world,
                                           Topology::blocks(world.size(), world.size()));
  device::Stream stream;
  const std::vector<std::int32_t> mine(rows, world.rank());
  const device::Buffer send = device::upload(stream, std::span<const std::int32_t>(mine));
  device::Buffer all(4 * rows * static_cast<std::size_t>(world.size()));
  device::fill_bytes(stream, all.bytes(), std::byte{0});
  stream.synchronize();

  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  device::check(cudaStreamBeginCapture(device::native(stream), cudaStreamCaptureModeThreadLocal));
  transport->all_gather(stream, send.bytes(), all.bytes(), 4, rows, comm::Cargo::payload);
  device::check(cudaStreamEndCapture(device::native(stream), &graph));
  device::check(cudaGraphInstantiate(&executable, graph, 0));
  for (int replay = 0; replay < 3; ++replay) {
    device::check(cudaGraphLaunch(executable, device::native(stream)));
  }
  const auto got = device::download(stream, all.as<const std::int32_t>());

  if (communicator_first) transport.reset();
  device::check(cudaGraphExecDestroy(executable));
  device::check(cudaGraphDestroy(graph));
  transport.reset();
  return got.back() == world.size() - 1 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const comm::Session session(&argc, &argv);
  const auto world = comm::Communicator::world();
  device::choose_device(world.rank(), world.size());
  const bool communicator_first =
      argc > 1 && std::string_view(argv[1]) == "communicator-before-graph";
  return run(world, communicator_first);
}
