// What only CUDA sources may see of a Stream: its handle, and who wants to be asked while the host
// waits for it.
#pragma once

#include <cuda_runtime_api.h>

#include <memory>
#include <vector>

#include "device/stream.hpp"

namespace moemark::device {

// Somebody whose work on a stream can fail without the stream ever finishing: a communicator whose
// peer is gone.
class WaitObserver {
 public:
  WaitObserver() = default;
  virtual ~WaitObserver() = default;
  WaitObserver(const WaitObserver&) = delete;
  WaitObserver& operator=(const WaitObserver&) = delete;

  // Throws when waiting on is hopeless.
  virtual void while_waiting() = 0;
};

struct StreamState {
  cudaStream_t handle = nullptr;
  std::vector<std::weak_ptr<WaitObserver>> observers;
};

inline StreamState& state_of(const Stream& stream) {
  return *static_cast<StreamState*>(stream.native());
}
inline cudaStream_t native(const Stream& stream) {
  return state_of(stream).handle;
}

// From now on `observer` is asked while the host waits for the stream; once, however often it is
// said, and until it is gone.
void observe(Stream& stream, const std::shared_ptr<WaitObserver>& observer);

}  // namespace moemark::device
