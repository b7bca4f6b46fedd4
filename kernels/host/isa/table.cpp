// This instruction set's line in the dispatch.
#include "kernels/host/isa/kernels.hpp"

namespace moemark::kernels::MOEMARK_ISA {

extern const KernelTable table;
constinit const KernelTable table = {
    .gate_logits = gate_logits,
    .router_topk = router_topk,
    .unpermute = unpermute,
    .packed_bytes = packed_bytes,
    .pack_experts = pack_experts,
    .ffn_workspace_bytes = ffn_workspace_bytes,
    .expert_ffn = expert_ffn,
    .fma_loop = fma_loop,
    .read_bytes = read_bytes,
};

}  // namespace moemark::kernels::MOEMARK_ISA
