// Device memory that shows misuse.
#include "fake/cuda/memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "fake/violation.hpp"

namespace fake {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t alignment = 256;
constexpr std::byte untouched{0xff};
constexpr std::byte canary{0xa5};

std::size_t whole(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

void* DeviceMemory::allocate(std::size_t bytes) {
  const std::size_t padded = whole(bytes, alignment);
  const std::size_t usable = whole(padded, page);
  void* const start =
      mmap(nullptr, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  auto* const mapping = static_cast<std::byte*>(start);
  mprotect(mapping + usable, page, PROT_NONE);
  std::byte* const memory = mapping + (usable - padded);
  std::fill_n(memory, bytes, untouched);
  std::fill_n(memory + bytes, padded - bytes, canary);
  allocations_[memory] = {bytes, mapping, usable + page, true};
  return memory;
}

void DeviceMemory::release(void* memory) {
  const auto found = allocations_.find(static_cast<const std::byte*>(memory));
  if (found == allocations_.end()) violation("cudaFree of what cudaMalloc did not return");
  Allocation& allocation = found->second;
  if (!allocation.live) violation("cudaFree of memory that is freed already");
  const std::byte* const end = found->first + allocation.bytes;
  const std::byte* const padded_end = found->first + whole(allocation.bytes, alignment);
  if (std::any_of(end, padded_end, [](std::byte b) { return b != canary; })) {
    violation("written past the end of " + std::to_string(allocation.bytes) +
              " bytes of device memory");
  }
  allocation.live = false;
  // The addresses stay taken, the memory goes back.
  madvise(allocation.mapping, allocation.mapped_bytes, MADV_DONTNEED);
  mprotect(allocation.mapping, allocation.mapped_bytes, PROT_NONE);
}

const DeviceMemory::Allocation* DeviceMemory::find(const void* memory) const {
  const auto* const address = static_cast<const std::byte*>(memory);
  auto next = allocations_.upper_bound(address);
  if (next == allocations_.begin()) return nullptr;
  --next;
  return address <= next->first + next->second.bytes ? &next->second : nullptr;
}

bool DeviceMemory::knows(const void* memory) const {
  return find(memory) != nullptr;
}

void DeviceMemory::require_live(const void* memory, std::size_t bytes,
                                const std::string& who) const {
  if (bytes == 0) return;
  const Allocation* const allocation = find(memory);
  if (allocation == nullptr) violation(who + ": this is not device memory");
  if (!allocation->live) violation(who + ": use after free of device memory");
  const auto* const mapped_end = allocation->mapping + allocation->mapped_bytes - page;
  const std::byte* const end =
      mapped_end - (whole(allocation->bytes, alignment) - allocation->bytes);
  if (static_cast<const std::byte*>(memory) + bytes > end) {
    violation(who + ": " + std::to_string(bytes) +
              " bytes reach past the end of an allocation of " + std::to_string(allocation->bytes));
  }
}

}  // namespace fake
