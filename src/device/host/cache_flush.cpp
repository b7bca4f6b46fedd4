// The host back end of CacheFlush: caches stay as they are.
#include "device/cache_flush.hpp"

namespace moemark::device {

CacheFlush::CacheFlush() = default;
void CacheFlush::run(Stream& /*stream*/) {}

bool CacheFlush::flushes() {
  return false;
}

}  // namespace moemark::device
