// Owned device memory and copies between it and the host.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "device/stream.hpp"

namespace moemark::device {

// Uninitialised bytes on the device, aligned to 256. Throws std::bad_alloc.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t bytes);
  ~Buffer();
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  [[nodiscard]] std::size_t size_bytes() const { return size_; }
  [[nodiscard]] std::span<std::byte> bytes() { return {data_, size_}; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }

  // The buffer seen as elements of T (a whole number of them, from the start).
  template <class T>
  [[nodiscard]] std::span<T> as() {
    return {reinterpret_cast<T*>(data_), size_ / sizeof(T)};
  }
  template <class T>
  [[nodiscard]] std::span<const T> as() const {
    return {reinterpret_cast<const T*>(data_), size_ / sizeof(T)};
  }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// Queued copies and fills; sizes of both sides are equal.
void copy_to_device(Stream& stream, std::span<const std::byte> host, std::span<std::byte> device);
void copy_to_host(Stream& stream, std::span<const std::byte> device, std::span<std::byte> host);
void copy_on_device(Stream& stream, std::span<const std::byte> from, std::span<std::byte> to);
void fill_bytes(Stream& stream, std::span<std::byte> device, std::byte value);

// A device copy of host values, complete when it returns.
template <class T>
Buffer upload(Stream& stream, std::span<const T> values) {
  Buffer buffer(values.size_bytes());
  copy_to_device(stream, std::as_bytes(values), buffer.bytes());
  stream.synchronize();
  return buffer;
}

// The elements of a device span on the host, complete when it returns.
template <class T>
std::vector<std::remove_const_t<T>> download(Stream& stream, std::span<T> device) {
  std::vector<std::remove_const_t<T>> host(device.size());
  copy_to_host(stream, std::as_bytes(device), std::as_writable_bytes(std::span(host)));
  stream.synchronize();
  return host;
}

// Bytes that can still be allocated on this rank's device, shared by all ranks that use it.
std::size_t free_memory_bytes();

}  // namespace moemark::device
