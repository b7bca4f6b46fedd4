// The CUDA back end of Buffer: cudaMalloc, and copies in the order of the stream.
#include "device/buffer.hpp"

#include <utility>

#include "device/cuda/check.hpp"
#include "device/cuda/native.hpp"

namespace moemark::device {
namespace {

void copy(Stream& stream, std::span<const std::byte> from, std::span<std::byte> to,
          cudaMemcpyKind kind) {
  if (from.empty()) return;
  check(cudaMemcpyAsync(to.data(), from.data(), from.size(), kind, native(stream)));
}

}  // namespace

Buffer::Buffer(std::size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  void* memory = nullptr;
  check(cudaMalloc(&memory, bytes));
  data_ = static_cast<std::byte*>(memory);
}

Buffer::~Buffer() {
  static_cast<void>(cudaFree(data_));
}

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

void copy_to_device(Stream& stream, std::span<const std::byte> host, std::span<std::byte> device) {
  copy(stream, host, device, cudaMemcpyHostToDevice);
}

void copy_to_host(Stream& stream, std::span<const std::byte> device, std::span<std::byte> host) {
  copy(stream, device, host, cudaMemcpyDeviceToHost);
}

void copy_on_device(Stream& stream, std::span<const std::byte> from, std::span<std::byte> to) {
  copy(stream, from, to, cudaMemcpyDeviceToDevice);
}

void fill_bytes(Stream& stream, std::span<std::byte> device, std::byte value) {
  if (device.empty()) return;
  check(cudaMemsetAsync(device.data(), std::to_integer<int>(value), device.size(), native(stream)));
}

std::size_t free_memory_bytes() {
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;
  check(cudaMemGetInfo(&free_bytes, &total_bytes));
  return free_bytes;
}

}  // namespace moemark::device
