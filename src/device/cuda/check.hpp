// Turning CUDA error codes into one exception type.
#pragma once

#include <cuda_runtime_api.h>

#include <source_location>
#include <stdexcept>

namespace moemark::device {

struct CudaError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws CudaError with CUDA's own text and the calling place when `code` is not cudaSuccess;
// std::bad_alloc where the device's memory does not suffice.
[[noreturn]] void throw_cuda_error(cudaError_t code, std::source_location where);

inline void check(cudaError_t code, std::source_location where = std::source_location::current()) {
  if (code != cudaSuccess) throw_cuda_error(code, where);
}

}  // namespace moemark::device
