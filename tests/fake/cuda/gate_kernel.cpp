// The gate of a fake device: its stream goes on once the host has opened it.
#include "device/cuda/gate_kernel.hpp"

#include <atomic>

#include "fake/cuda/device.hpp"

namespace moemark::device {

cudaError_t launch_gate(const unsigned* flag, cudaStream_t stream) {
  auto& streams = fake::device().streams;
  // The host writes it while this is only looked at: atomic_ref wants it mutable.
  auto* const shared = const_cast<unsigned*>(flag);
  streams.enqueue(streams.of(static_cast<const void*>(stream), "launch_gate"),
                  {"the gate of a measurement",
                   {},
                   [shared] { return std::atomic_ref(*shared).load() != 0; },
                   [] { return true; }});
  return cudaSuccess;
}

}  // namespace moemark::device
