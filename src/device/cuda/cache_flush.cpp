// The CUDA back end of CacheFlush: a memset of twice the L2.
#include "device/cache_flush.hpp"

#include "device/cuda/check.hpp"

namespace moemark::device {
namespace {

std::size_t cache_bytes() {
  int device = 0;
  int bytes = 0;
  check(cudaGetDevice(&device));
  check(cudaDeviceGetAttribute(&bytes, cudaDevAttrL2CacheSize, device));
  return static_cast<std::size_t>(bytes);
}

}  // namespace

CacheFlush::CacheFlush() : memory_(2 * cache_bytes()) {}

void CacheFlush::run(Stream& stream) {
  fill_bytes(stream, memory_.bytes(), std::byte{0});
}

bool CacheFlush::flushes() {
  return true;
}

}  // namespace moemark::device
