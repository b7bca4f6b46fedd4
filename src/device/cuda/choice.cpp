// Choosing a CUDA device for this process.
#include "device/choice.hpp"

#include <fmt/format.h>

#include "device/cuda/check.hpp"
#include "model/errors.hpp"

namespace moemark::device {

void choose_device(int local_rank, int ranks_on_host) {
  int devices = 0;
  const cudaError_t code = cudaGetDeviceCount(&devices);
  if (code == cudaErrorNoDevice || code == cudaErrorInsufficientDriver ||
      (code == cudaSuccess && devices == 0)) {
    throw DeviceAbsent(fmt::format("no usable CUDA device: {}", code == cudaSuccess
                                                                    ? "none is visible"
                                                                    : cudaGetErrorString(code)));
  }
  check(code);
  // A launcher that shows each rank its own device has chosen already.
  const int device = devices == 1 ? 0 : local_rank;
  if (devices > 1 && ranks_on_host > devices) {
    throw UsageError(fmt::format("this host has {} ranks for {} CUDA devices: one process a device",
                                 ranks_on_host, devices));
  }
  check(cudaSetDevice(device));
}

DeviceFacts device_facts(int /*local_rank*/) {
  int device = 0;
  check(cudaGetDevice(&device));
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, device));
  return {.devices = 1,
          .number = device,
          .label = fmt::format("[{:04x}:{:02x}:{:02x}] {}", properties.pciDomainID,
                               properties.pciBusID, properties.pciDeviceID, properties.name)};
}

}  // namespace moemark::device
