// One cache line stored past the caches, where the base instruction set of the target can.
// Internal linkage: sources compiled for several instruction sets include this.
#pragma once

#include <cstddef>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace moemark::kernels {
namespace {

constexpr std::size_t line_bytes = 64;

#ifdef __SSE2__
// `to` is aligned to a line.
inline void stream_line(const std::byte* from, std::byte* to) {
  const auto* source = reinterpret_cast<const __m128i*>(from);
  auto* target = reinterpret_cast<__m128i*>(to);
  const __m128i a = _mm_loadu_si128(source);
  const __m128i b = _mm_loadu_si128(source + 1);
  const __m128i c = _mm_loadu_si128(source + 2);
  const __m128i d = _mm_loadu_si128(source + 3);
  _mm_stream_si128(target, a);
  _mm_stream_si128(target + 1, b);
  _mm_stream_si128(target + 2, c);
  _mm_stream_si128(target + 3, d);
}

// Makes streamed lines visible to other cores, in order with later stores.
inline void stream_fence() {
  _mm_sfence();
}
#else
inline void stream_line(const std::byte* from, std::byte* to) {
  __builtin_memcpy(to, from, line_bytes);
}
inline void stream_fence() {}
#endif

}  // namespace
}  // namespace moemark::kernels
