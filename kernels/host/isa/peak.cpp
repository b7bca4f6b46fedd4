// Loops at the machine's limits: multiply-adds in registers, and reads of memory.
#include "kernels/host/isa/kernels.hpp"
#include "kernels/host/isa/vector.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

// As many independent chains as hide a latency of 5 cycles on 2 units, and fit 16 registers.
constexpr int chains = 12;

// What the optimiser must take for used, and may not look into.
volatile float float_sink;
volatile std::uint32_t word_sink;

}  // namespace

double fma_loop(std::size_t iterations) {
  const volatile float factor = 0.5F;  // read as a value unknown at compile time
  const Floats a = splat(factor);
  Floats chain[chains];
  for (int i = 0; i < chains; ++i) chain[i] = splat(static_cast<float>(i));
  for (std::size_t n = 0; n < iterations; ++n) {
#pragma GCC unroll 16
    for (int i = 0; i < chains; ++i) chain[i] = chain[i] * a + a;
  }
  for (int i = 0; i < chains; ++i) float_sink = chain[i][0];
  return 2.0 * chains * lanes * static_cast<double>(iterations);
}

void read_bytes(const std::byte* from, std::size_t bytes) {
  constexpr std::size_t vectors = 8;
  constexpr std::size_t step = vectors * vector_bytes;
  Words sum[vectors] = {};
  std::size_t at = 0;
  for (; at + step <= bytes; at += step) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) sum[v] += load<Words>(from + at + v * vector_bytes);
  }
  std::uint32_t total = 0;
  for (; at < bytes; ++at) total += static_cast<std::uint32_t>(from[at]);
  for (const Words& vector : sum) {
    for (int lane = 0; lane < lanes; ++lane) total += vector[lane];
  }
  word_sink = total;
}

}  // namespace moemark::kernels::MOEMARK_ISA
