// The kernels that every instruction set implements; table.cpp collects them.
#pragma once

#include "kernels/host/kernel_table.hpp"

namespace moemark::kernels::MOEMARK_ISA {

void gate_logits(const GateCall& call);
std::ptrdiff_t router_topk(const TopkCall& call);
void unpermute(const UnpermuteCall& call);
std::size_t packed_bytes(const FfnShape& shape);
void pack_experts(const FfnShape& shape, const FfnWeights& weights, std::byte* packed);
std::size_t ffn_workspace_bytes(const FfnShape& shape, std::size_t rows);
void expert_ffn(const FfnCall& call);
double fma_loop(std::size_t iterations);
void read_bytes(const std::byte* from, std::size_t bytes);

}  // namespace moemark::kernels::MOEMARK_ISA
