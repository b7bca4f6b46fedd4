// The grouped expert FFN in float32 arithmetic.
#include "kernels/host/isa/grouped_ffn.hpp"
#include "kernels/host/isa/kernels.hpp"

namespace moemark::kernels::MOEMARK_ISA {

std::size_t ffn_workspace_bytes(const FfnShape& shape, std::size_t rows) {
  const WorkspaceParts parts(ExpertLayout(shape), rows < max_block_rows ? rows : max_block_rows);
  return (parts.a + parts.activation + parts.c) * sizeof(float);
}

void expert_ffn(const FfnCall& call) {
  call.shape.weights == DType::fp32 ? with_input<Float32>(call) : with_input<Bfloat16>(call);
}

}  // namespace moemark::kernels::MOEMARK_ISA
