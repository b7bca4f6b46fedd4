// The CUDA back end of StopWatch: a pair of events on the stream.
#include "device/stop_watch.hpp"

#include "device/cuda/check.hpp"
#include "device/cuda/native.hpp"

namespace moemark::device {

struct StopWatch::State {
  State() {
    check(cudaEventCreateWithFlags(&begin, cudaEventDefault));
    check(cudaEventCreateWithFlags(&end, cudaEventDefault));
  }
  ~State() {
    static_cast<void>(cudaEventDestroy(begin));
    static_cast<void>(cudaEventDestroy(end));
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  cudaEvent_t begin = nullptr;
  cudaEvent_t end = nullptr;
  Stream* stream = nullptr;  // of the last stop(): waited for as every stream is
};

StopWatch::StopWatch() : state_(std::make_unique<State>()) {}
StopWatch::~StopWatch() = default;

void StopWatch::start(Stream& stream) {
  check(cudaEventRecord(state_->begin, native(stream)));
}

void StopWatch::stop(Stream& stream) {
  check(cudaEventRecord(state_->end, native(stream)));
  state_->stream = &stream;
}

Microseconds StopWatch::elapsed() const {
  // Not cudaEventSynchronize: a peer that is gone must end this wait as it ends any other.
  state_->stream->synchronize();
  float milliseconds = 0.0F;
  check(cudaEventElapsedTime(&milliseconds, state_->begin, state_->end));
  return std::chrono::duration<double, std::milli>(milliseconds);
}

}  // namespace moemark::device
