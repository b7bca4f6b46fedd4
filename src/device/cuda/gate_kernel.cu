// The kernel of Gate: spins until the host sets a flag.
#include "device/cuda/gate_kernel.hpp"

namespace moemark::device {
namespace {

constexpr long long most_nanoseconds = 5'000'000'000;

__device__ long long nanoseconds() {
  long long now;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
  return now;
}

__global__ void __launch_bounds__(1) gate(const volatile unsigned* flag) {
  const long long start = nanoseconds();
  while (*flag == 0 && nanoseconds() - start < most_nanoseconds) {
    __nanosleep(100);
  }
}

}  // namespace

cudaError_t launch_gate(const unsigned* flag, cudaStream_t stream) {
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(1);
  config.blockDim = dim3(1);
  config.stream = stream;
  return cudaLaunchKernelEx(&config, gate, static_cast<const volatile unsigned*>(flag));
}

}  // namespace moemark::device
