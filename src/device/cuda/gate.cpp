// The CUDA back end of Gate: a kernel that spins on a flag in mapped host memory.
#include "device/gate.hpp"

#include <atomic>

#include "device/cuda/check.hpp"
#include "device/cuda/gate_kernel.hpp"
#include "device/cuda/native.hpp"

namespace moemark::device {

struct Gate::State {
  State() {
    void* memory = nullptr;
    check(cudaHostAlloc(&memory, sizeof(unsigned), cudaHostAllocMapped));
    flag = static_cast<unsigned*>(memory);
    void* mapped = nullptr;
    check(cudaHostGetDevicePointer(&mapped, memory, 0));
    device_flag = static_cast<const unsigned*>(mapped);
  }
  ~State() { static_cast<void>(cudaFreeHost(flag)); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  unsigned* flag = nullptr;
  const unsigned* device_flag = nullptr;
};

Gate::Gate() : state_(std::make_unique<State>()) {}
Gate::~Gate() {
  open();
}

void Gate::close(Stream& stream) {
  std::atomic_ref(*state_->flag).store(0);
  check(launch_gate(state_->device_flag, native(stream)));
}

void Gate::open() {
  std::atomic_ref(*state_->flag).store(1);
}

}  // namespace moemark::device
