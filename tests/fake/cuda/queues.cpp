// The CUDA runtime's functions that this suite calls: streams, events and graphs.
#include <cuda_runtime_api.h>

#include <chrono>
#include <optional>
#include <utility>

#include "fake/cuda/device.hpp"
#include "fake/violation.hpp"

namespace fake {
namespace {

using Time = std::optional<std::chrono::steady_clock::time_point>;

struct Event {
  StreamQueue* stream = nullptr;
  std::uint64_t position = 0;  // queued operations of the stream up to and with its record
  std::shared_ptr<Time> time = std::make_shared<Time>();  // the record may outlive the event
};

StreamQueue* queue_of(cudaStream_t stream, const char* who) {
  return device().streams.of(static_cast<const void*>(stream), who);
}
Event* event_of(cudaEvent_t event) {
  return reinterpret_cast<Event*>(event);
}
Graph* graph_of(void* graph) {
  return static_cast<Graph*>(graph);
}

}  // namespace
}  // namespace fake

using fake::device;
using fake::event_of;
using fake::queue_of;

extern "C" {

cudaError_t cudaDeviceGetStreamPriorityRange(int* lowest, int* highest) {
  *lowest = 0;
  *highest = -5;
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned flags, int /*priority*/) {
  if (flags != cudaStreamNonBlocking) {
    fake::violation("a stream that the default stream would wait for");
  }
  if (device().chosen < 0) fake::violation("a stream before a device was chosen");
  *stream = reinterpret_cast<cudaStream_t>(device().streams.create());
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  device().streams.destroy(queue_of(stream, "cudaStreamDestroy"));
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  auto* const queue = queue_of(stream, "cudaStreamSynchronize");
  if (queue->capture) return cudaErrorStreamCaptureUnsupported;
  device().streams.run_all(queue);
  return cudaSuccess;
}
// Each question lets one operation go on, so that who polls sees a device at work.
cudaError_t cudaStreamQuery(cudaStream_t stream) {
  auto* const queue = queue_of(stream, "cudaStreamQuery");
  if (queue->capture) return cudaErrorStreamCaptureUnsupported;
  if (queue->operations.empty()) return cudaSuccess;
  device().streams.poll();
  return queue->operations.empty() ? cudaSuccess : cudaErrorNotReady;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned /*flags*/) {
  auto* const from = event_of(event)->stream;
  const std::uint64_t position = event_of(event)->position;
  if (from == nullptr) return cudaSuccess;
  device().streams.enqueue(queue_of(stream, "cudaStreamWaitEvent"),
                           {"cudaStreamWaitEvent",
                            {},
                            [from, position] { return from->done() >= position; },
                            [] { return true; }});
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned /*flags*/) {
  *event = reinterpret_cast<cudaEvent_t>(new fake::Event);
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event_of(event);
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  auto* const queue = queue_of(stream, "cudaEventRecord");
  auto* const recorded = event_of(event);
  recorded->stream = queue;
  recorded->position = queue->queued + 1;
  recorded->time = std::make_shared<fake::Time>();
  device().streams.enqueue(queue, {"cudaEventRecord", {}, {}, [time = recorded->time] {
                                     *time = std::chrono::steady_clock::now();
                                     return true;
                                   }});
  return cudaSuccess;
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  const fake::Time first = *event_of(begin)->time;
  const fake::Time last = *event_of(end)->time;
  if (!first || !last) return cudaErrorNotReady;
  *milliseconds = std::chrono::duration<float, std::milli>(*last - *first).count();
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode /*mode*/) {
  auto* const queue = queue_of(stream, "cudaStreamBeginCapture");
  if (queue->capture) return cudaErrorIllegalState;
  queue->capture = std::make_unique<fake::Graph>();
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  auto* const queue = queue_of(stream, "cudaStreamEndCapture");
  if (!queue->capture) return cudaErrorIllegalState;
  *graph = reinterpret_cast<cudaGraph_t>(queue->capture.release());
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long /*flags*/) {
  *executable = reinterpret_cast<cudaGraphExec_t>(new fake::Graph(*fake::graph_of(graph)));
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  auto* const queue = queue_of(stream, "cudaGraphLaunch");
  for (const fake::Operation& operation : fake::graph_of(executable)->operations) {
    device().streams.enqueue(queue, operation);
  }
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete fake::graph_of(graph);
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  delete fake::graph_of(executable);
  return cudaSuccess;
}

}  // extern "C"
