// The bfloat16 dot product of x86-64: beside the v4 kernels, whose packed weights it reads.
#include <string_view>

#include "kernels/expert_dot.hpp"
#include "kernels/host/ffn_call.hpp"
#include "kernels/host/isa.hpp"
#include "kernels/host/require.hpp"
#include "kernels/peak.hpp"

namespace moemark::kernels {

namespace v4dot {
void expert_ffn_dot(const FfnCall& call);
double dot_loop(std::size_t iterations);
}  // namespace v4dot

std::string why_no_dot() {
  if (__builtin_cpu_supports("avx512bf16") == 0) return "this processor has no AVX512-BF16";
  if (std::string_view(active_instruction_set().short_name) != "v4") {
    return "it belongs to the instruction set v4";
  }
  return "";
}

void expert_ffn_dot(device::Stream& /*stream*/, const PackedExperts& experts, ConstRows x,
                    std::span<const std::int32_t> expert_offsets, std::span<std::byte> workspace,
                    Rows y) {
  require(why_no_dot().empty() && experts.shape().weights == DType::bf16,
          "expert_ffn_dot: needs AVX512-BF16 and bf16 weights");
  v4dot::expert_ffn_dot(ffn_call(experts, x, expert_offsets, workspace, y));
}

double run_dot_loop(device::Stream& /*stream*/, std::size_t iterations) {
  return why_no_dot().empty() ? v4dot::dot_loop(iterations) : 0.0;
}

}  // namespace moemark::kernels
