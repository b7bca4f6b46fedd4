// The CUDA runtime's functions that this suite calls: device, memory, copies. The real header
// declares them, so a signature that differs does not compile.
#include <cuda_runtime_api.h>

#include <cstring>
#include <utility>

#include "fake/cuda/device.hpp"
#include "fake/violation.hpp"

namespace fake {
namespace {

int devices() {
  return setting("FAKE_DEVICES", 8);
}

StreamQueue* queue_of(cudaStream_t stream, const std::string& who) {
  return device().streams.of(static_cast<const void*>(stream), who);
}

}  // namespace

Device& device() {
  static auto* const the_device = new Device;
  return *the_device;
}

void launch(cudaStream_t stream, const char* name, std::vector<Range> touches,
            std::function<void()> body) {
  device().streams.enqueue(queue_of(stream, name),
                           {name, std::move(touches), {}, [body = std::move(body)] {
                              body();
                              return true;
                            }});
}

}  // namespace fake

using fake::device;
using fake::Range;

extern "C" {

const char* cudaGetErrorName(cudaError_t code) {
  return code == cudaSuccess ? "cudaSuccess" : "cudaError";
}
const char* cudaGetErrorString(cudaError_t code) {
  switch (code) {
    case cudaSuccess:
      return "no error";
    case cudaErrorNoDevice:
      return "no CUDA-capable device is detected";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorStreamCaptureUnsupported:
      return "operation not permitted when stream is capturing";
    default:
      return "error of the fake";
  }
}
cudaError_t cudaGetLastError() {
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = fake::devices();
  return *count > 0 ? cudaSuccess : cudaErrorNoDevice;
}
cudaError_t cudaSetDevice(int number) {
  if (number < 0 || number >= fake::devices()) return cudaErrorInvalidDevice;
  device().chosen = number;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* number) {
  *number = device().chosen;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int number) {
  *properties = {};
  std::strncpy(properties->name, "fake GPU", sizeof properties->name - 1);
  properties->pciBusID = number;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int /*number*/) {
  if (attribute != cudaDevAttrL2CacheSize) return cudaErrorInvalidValue;
  *value = 1 << 16;
  return cudaSuccess;
}

// Half a GB: enough for every test, little enough that nobody asks for what the host lacks.
cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  *free_bytes = *total_bytes = std::size_t{1} << 29U;
  return cudaSuccess;
}
cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  if (device().chosen < 0) fake::violation("cudaMalloc before a device was chosen");
  *memory = device().memory.allocate(bytes);
  return *memory == nullptr ? cudaErrorMemoryAllocation : cudaSuccess;
}
// The real one waits for the device; whoever relies on that pays for it inside a measurement.
cudaError_t cudaFree(void* memory) {
  if (memory != nullptr) device().memory.release(memory);
  return cudaSuccess;
}

// Never given back: what is queued may read it later, as a mapped flag is.
cudaError_t cudaHostAlloc(void** memory, std::size_t bytes, unsigned /*flags*/) {
  *memory = ::operator new(bytes);
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void* /*memory*/) {
  return cudaSuccess;
}
cudaError_t cudaHostGetDevicePointer(void** on_device, void* on_host, unsigned /*flags*/) {
  *on_device = on_host;
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* memory, int value, std::size_t bytes, cudaStream_t stream) {
  fake::launch(stream, "cudaMemsetAsync", {{memory, bytes}},
               [=] { std::memset(memory, value, bytes); });
  return cudaSuccess;
}
// Host memory is read and written when the copy runs: it must live until the stream was waited for.
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  std::vector<Range> touches;
  if (kind != cudaMemcpyHostToDevice) touches.push_back({from, bytes});
  if (kind != cudaMemcpyDeviceToHost) touches.push_back({to, bytes});
  if (kind == cudaMemcpyHostToDevice && device().memory.knows(from)) {
    fake::violation("cudaMemcpyAsync from the host: the source is device memory");
  }
  fake::launch(stream, "cudaMemcpyAsync", std::move(touches),
               [=] { std::memmove(to, from, bytes); });
  return cudaSuccess;
}

}  // extern "C"
