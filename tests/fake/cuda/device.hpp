// The one fake device of this process, and how the other fakes queue work on it.
#pragma once

#include <cuda_runtime_api.h>

#include "fake/cuda/memory.hpp"
#include "fake/cuda/streams.hpp"

namespace fake {

struct Device {
  DeviceMemory memory;
  Streams streams;
  int chosen = -1;  // by cudaSetDevice
};

// Like the CUDA runtime's own state: begins with the first use, never ends.
Device& device();

// Queues host code that stands for a kernel; `touches` is checked when it is queued and when it
// runs.
void launch(cudaStream_t stream, const char* name, std::vector<Range> touches,
            std::function<void()> body);

}  // namespace fake
