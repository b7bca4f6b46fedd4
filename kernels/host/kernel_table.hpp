// The functions that exist once per instruction set, and which of them this process runs.
//
// Every source in host/isa is compiled once per instruction set, in a namespace named after it
// (MOEMARK_ISA). Only plain types cross this border: an inline function of a shared header that
// such a source emitted could be the copy the linker keeps for everybody, on machines that lack
// the instructions too.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/dtype.hpp"
#include "model/router_score.hpp"

namespace moemark::kernels {

struct GateCall {
  DType x_type;
  const std::byte* x;  // [tokens, hidden]
  std::size_t tokens;
  std::size_t hidden;
  const float* weight;  // [experts, hidden]
  const float* bias;    // [experts], or null: none
  std::size_t experts;
  float* logits;  // [tokens, experts]
};

struct TopkCall {
  const float* logits;  // [tokens, experts]
  std::size_t tokens;
  int experts;
  int topk;
  Score score;
  bool by_logit;             // selection compares logits: no bias, no groups
  const float* select_bias;  // [experts], or null: zeros
  int groups;
  int topk_groups;
  GroupScore group_score;
  bool normalise;
  float scale;
  float* scratch;     // [topk_scratch(experts, groups)] where selection compares scores, else null
  std::int32_t* ids;  // [tokens, topk]
  float* weights;     // [tokens, topk]
};

// A widest vector for every expert and group.
constexpr std::size_t topk_scratch(int experts, int groups) {
  return std::size_t{16} * static_cast<std::size_t>(experts + groups);
}

struct UnpermuteCall {
  DType rows_type;
  DType out_type;
  const std::byte* rows;  // [positions, width]
  std::size_t width;
  const std::int32_t* assign_to_pos;  // [tokens, copies]
  const float* weights;               // [tokens, copies], or null: all ones
  std::size_t tokens;
  int copies;
  std::byte* out;  // [tokens, width]
  bool streaming;  // stores that pass the caches by
};

struct FfnShape {
  int experts;
  int hidden;
  int ffn;
  DType weights;
};

struct FfnWeights {
  const float* gate;  // [experts, ffn, hidden]
  const float* up;    // [experts, ffn, hidden]
  const float* down;  // [experts, hidden, ffn]
};

struct FfnCall {
  FfnShape shape;
  const std::byte* packed;
  DType x_type;
  DType y_type;
  const std::byte* x;           // [rows, hidden]
  const std::int32_t* offsets;  // [experts + 1]
  std::byte* workspace;
  std::byte* y;  // [rows, hidden]
};

struct KernelTable {
  void (*gate_logits)(const GateCall& call);
  // Returns the index of the first logit that is NaN or infinite, -1 when there is none.
  std::ptrdiff_t (*router_topk)(const TopkCall& call);
  void (*unpermute)(const UnpermuteCall& call);
  std::size_t (*packed_bytes)(const FfnShape& shape);
  void (*pack_experts)(const FfnShape& shape, const FfnWeights& weights, std::byte* packed);
  std::size_t (*ffn_workspace_bytes)(const FfnShape& shape, std::size_t rows);
  void (*expert_ffn)(const FfnCall& call);
  double (*fma_loop)(std::size_t iterations);  // returns its flop
  void (*read_bytes)(const std::byte* from, std::size_t bytes);
};

struct InstructionSet {
  const char* name;        // as isa_name() reports it
  const char* short_name;  // as MOEMARK_ISA takes it
  bool runs_here;
  const KernelTable* table;
};

}  // namespace moemark::kernels
