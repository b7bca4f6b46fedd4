// Processors whose bfloat16 dot product is not used.
#include "kernels/expert_dot.hpp"
#include "kernels/host/require.hpp"
#include "kernels/peak.hpp"

namespace moemark::kernels {

std::string why_no_dot() {
  return "only x86-64 has the kernel";
}

void expert_ffn_dot(device::Stream& /*stream*/, const PackedExperts& /*experts*/, ConstRows /*x*/,
                    std::span<const std::int32_t> /*expert_offsets*/,
                    std::span<std::byte> /*workspace*/, Rows /*y*/) {
  require(false, "expert_ffn_dot: only x86-64 has the kernel");
}

double run_dot_loop(device::Stream& /*stream*/, std::size_t /*iterations*/) {
  return 0.0;
}

}  // namespace moemark::kernels
