// Turning CUDA error codes into one exception type.
#include "device/cuda/check.hpp"

#include <fmt/format.h>

#include <new>

namespace moemark::device {

void throw_cuda_error(cudaError_t code, std::source_location where) {
  if (code == cudaErrorMemoryAllocation) {
    static_cast<void>(cudaGetLastError());  // else the next launch would report it
    throw std::bad_alloc();
  }
  throw CudaError(fmt::format("CUDA: {}: {} ({}:{})", cudaGetErrorName(code),
                              cudaGetErrorString(code), where.file_name(), where.line()));
}

}  // namespace moemark::device
