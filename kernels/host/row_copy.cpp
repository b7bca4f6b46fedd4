// Row copies for the host: memcpy, or whole cache lines stored past the caches.
#include "kernels/host/row_copy.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "kernels/host/stream_line.hpp"

namespace moemark::kernels {

bool exceeds_last_level_cache(std::size_t bytes_written) {
  static const std::size_t cache_bytes = [] {
    const long reported = sysconf(_SC_LEVEL3_CACHE_SIZE);  // 0 where the system does not tell
    return reported > 0 ? static_cast<std::size_t>(reported) : std::size_t{32} << 20U;
  }();
  return bytes_written > cache_bytes;
}

void copy_row(const std::byte* from, std::byte* to, std::size_t bytes, bool streaming) {
  if (bytes == 0) return;
  if (!streaming) {
    std::memcpy(to, from, bytes);
    return;
  }
  const std::size_t misaligned = reinterpret_cast<std::uintptr_t>(to) % line_bytes;
  const std::size_t head = std::min(bytes, misaligned == 0 ? 0 : line_bytes - misaligned);
  std::memcpy(to, from, head);
  std::size_t done = head;
  for (; done + line_bytes <= bytes; done += line_bytes) stream_line(from + done, to + done);
  std::memcpy(to + done, from + done, bytes - done);
}

void finish_streaming() {
  stream_fence();
}

}  // namespace moemark::kernels
