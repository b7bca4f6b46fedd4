// The kernel of Gate: spins until the host sets a flag.
#pragma once

#include <cuda_runtime_api.h>

namespace moemark::device {

// Queues one thread that ends when *flag is not 0, or after some seconds: work that does wait for
// the host then shows as a slow time, not as a hang. `flag` is host memory mapped into the device.
cudaError_t launch_gate(const unsigned* flag, cudaStream_t stream);

}  // namespace moemark::device
