// Device memory that shows misuse: each allocation is a mapping of its own that ends at a page
// nobody may touch, starts out as NaNs (0xFF) and can never be touched again once it is freed.
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace fake {

class DeviceMemory {
 public:
  // Aligned to 256 as cudaMalloc promises; the bytes between the end and the guard page are checked
  // when it is freed.
  void* allocate(std::size_t bytes);
  void release(void* memory);

  // Ends the job unless all of it lies in one live allocation. `who` begins the sentence.
  void require_live(const void* memory, std::size_t bytes, const std::string& who) const;
  // Is it inside a device allocation, live or freed?
  [[nodiscard]] bool knows(const void* memory) const;

 private:
  struct Allocation {
    std::size_t bytes = 0;
    std::byte* mapping = nullptr;
    std::size_t mapped_bytes = 0;
    bool live = true;
  };
  [[nodiscard]] const Allocation* find(const void* memory) const;

  std::map<const std::byte*, Allocation> allocations_;  // by address; freed ones stay
};

}  // namespace fake
