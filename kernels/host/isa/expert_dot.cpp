// The grouped expert FFN through the processor's bfloat16 dot product, and that instruction's peak.
#include "kernels/host/isa/dot_step.hpp"
#include "kernels/host/isa/grouped_ffn.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

volatile float float_sink;  // what the optimiser must take for used

}  // namespace

void expert_ffn_dot(const FfnCall& call) {
  with_input<Bfloat16Dot>(call);
}

double dot_loop(std::size_t iterations) {
  constexpr int chains = 12;                        // hide the latency, in registers
  const volatile std::uint32_t ones = 0x3f003f00U;  // 0.5, 0.5, unknown at compile time
  const auto a = reinterpret_cast<__m512bh>(Words{} | ones);
  Floats chain[chains] = {};
  for (std::size_t n = 0; n < iterations; ++n) {
#pragma GCC unroll 16
    for (int i = 0; i < chains; ++i) chain[i] = _mm512_dpbf16_ps(chain[i], a, a);
  }
  for (int i = 0; i < chains; ++i) float_sink = chain[i][0];
  return 4.0 * chains * lanes * static_cast<double>(iterations);
}

}  // namespace moemark::kernels::MOEMARK_ISA
