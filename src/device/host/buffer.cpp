// The host back end of Buffer: aligned heap memory.
#include "device/buffer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <new>
#include <string>
#include <utility>

namespace moemark::device {
namespace {

constexpr std::size_t page_bytes = 4096;

// Whole cache lines, as many as cudaMalloc promises; from a page on whole pages, as other suites
// have them: a message of one page copied between processes then touches one page, not two.
std::size_t alignment_of(std::size_t bytes) {
  return bytes < page_bytes ? 256 : page_bytes;
}

}  // namespace

Buffer::Buffer(std::size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  const std::size_t alignment = alignment_of(bytes);
  if (bytes > std::numeric_limits<std::size_t>::max() - alignment) throw std::bad_alloc();
  const std::size_t padded = (bytes + alignment - 1) / alignment * alignment;
  data_ = static_cast<std::byte*>(std::aligned_alloc(alignment, padded));
  if (data_ == nullptr) throw std::bad_alloc();
}

Buffer::~Buffer() {
  std::free(data_);
}

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

void copy_to_device(Stream& stream, std::span<const std::byte> host, std::span<std::byte> device) {
  copy_on_device(stream, host, device);
}

void copy_to_host(Stream& stream, std::span<const std::byte> device, std::span<std::byte> host) {
  copy_on_device(stream, device, host);
}

void copy_on_device(Stream& /*stream*/, std::span<const std::byte> from, std::span<std::byte> to) {
  if (!from.empty()) std::memcpy(to.data(), from.data(), from.size());
}

void fill_bytes(Stream& /*stream*/, std::span<std::byte> device, std::byte value) {
  std::fill(device.begin(), device.end(), value);
}

std::size_t free_memory_bytes() {
  std::ifstream meminfo("/proc/meminfo");
  for (std::string key; meminfo >> key;) {
    std::size_t kibibytes = 0;
    if (key == "MemAvailable:" && meminfo >> kibibytes) return kibibytes * 1024;
    meminfo.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::numeric_limits<std::size_t>::max();  // not known: let allocation decide
}

}  // namespace moemark::device
