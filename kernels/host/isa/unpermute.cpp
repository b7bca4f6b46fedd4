// The weighted sum of a token's rows, back in token order.
//
// A token's columns are taken in steps of eight vectors that stay in registers while its k rows add
// to them in order, so that the sum never goes to memory; each row then is k streams read ahead of
// use. Multiplication and addition round separately: the same digits on every machine.
#include <utility>

#include "kernels/host/isa/kernels.hpp"
#include "kernels/host/isa/transpose.hpp"
#include "kernels/host/stream_line.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

constexpr std::size_t step_pairs = 4;
constexpr std::size_t pair_columns = std::size_t{2} * lanes;
constexpr std::size_t step_columns = step_pairs * pair_columns;
constexpr std::size_t prefetch_bytes = 256;

// The float32 values of 2 * lanes neighbouring columns.
struct Pair {
  Floats first;
  Floats second;
};

// In the order that widens without moving lanes: bf16 columns split into even and odd ones.
template <class In>
Pair load_pair(const std::byte* from) {
  if constexpr (In::bytes == 4) {
    return {In::load_vector(from), In::load_vector(from + vector_bytes)};
  } else {
    const auto words = load<Words>(from);
    return {reinterpret_cast<Floats>(words << 16U), reinterpret_cast<Floats>(words & 0xffff0000U)};
  }
}

template <class In, class Out>
void store_pair(std::byte* to, Pair sum) {
  if constexpr (In::bytes == 2 && Out::bytes == 2) {
    store(to,
          rounded_upper_half(sum.first) >> 16U | (rounded_upper_half(sum.second) & 0xffff0000U));
    return;
  }
  if constexpr (In::bytes == 2) {
    using Lanes = std::make_integer_sequence<int, lanes>;
    sum = {interleave<0>(sum.first, sum.second, Lanes()),
           interleave<lanes / 2>(sum.first, sum.second, Lanes())};
  }
  Out::store_vector(to, sum.first);
  Out::store_vector(to + lanes * Out::bytes, sum.second);
}

// Calls visit(row, weight) for the rows of one token, in order.
template <class Visit>
void for_each_row(const UnpermuteCall& call, std::size_t token, std::size_t row_bytes,
                  Visit visit) {
  const std::size_t first = token * static_cast<std::size_t>(call.copies);
  const std::size_t end = first + static_cast<std::size_t>(call.copies);
  for (std::size_t i = first; i < end; ++i) {
    if (call.assign_to_pos[i] < 0) continue;
    visit(call.rows + static_cast<std::size_t>(call.assign_to_pos[i]) * row_bytes,
          call.weights == nullptr ? 1.0F : call.weights[i]);
  }
}

template <class In, class Out>
void store_step(const Pair (&sum)[step_pairs], std::byte* to, bool streaming) {
  constexpr std::size_t pair_bytes = pair_columns * Out::bytes;
  if (!streaming) {
    for (std::size_t p = 0; p < step_pairs; ++p) store_pair<In, Out>(to + p * pair_bytes, sum[p]);
    return;
  }
  alignas(line_bytes) std::byte lines[step_pairs * pair_bytes];
  for (std::size_t p = 0; p < step_pairs; ++p) store_pair<In, Out>(lines + p * pair_bytes, sum[p]);
  for (std::size_t at = 0; at < sizeof lines; at += line_bytes) stream_line(lines + at, to + at);
}

template <class In, class Out>
void unpermute_token(const UnpermuteCall& call, std::size_t token, bool streaming) {
  const std::size_t row_bytes = call.width * In::bytes;
  std::byte* const out = call.out + token * call.width * Out::bytes;
  std::size_t column = 0;
  for (; column + step_columns <= call.width; column += step_columns) {
    Pair sum[step_pairs] = {};
    for_each_row(call, token, row_bytes, [&](const std::byte* row, float weight) {
      const std::byte* const from = row + column * In::bytes;
#pragma GCC unroll 8
      for (std::size_t at = 0; at < step_columns * In::bytes; at += line_bytes) {
        __builtin_prefetch(from + prefetch_bytes + at);
      }
#pragma GCC unroll 4
      for (std::size_t p = 0; p < step_pairs; ++p) {
        const Pair values = load_pair<In>(from + p * pair_columns * In::bytes);
        sum[p].first += values.first * weight;
        sum[p].second += values.second * weight;
      }
    });
    store_step<In, Out>(sum, out + column * Out::bytes, streaming);
  }
  for (; column < call.width; column += lanes) {
    const std::size_t left = call.width - column;
    const std::size_t count = left < lanes ? left : lanes;
    Floats sum = {};
    for_each_row(call, token, row_bytes, [&](const std::byte* row, float weight) {
      sum += load_some<In>(row + column * In::bytes, count) * weight;
    });
    store_some<Out>(out + column * Out::bytes, sum, count);
  }
}

template <class In, class Out>
void unpermute_all(const UnpermuteCall& call) {
  const std::size_t alignment =
      reinterpret_cast<std::uintptr_t>(call.out) | call.width * Out::bytes;
  const bool whole_lines =
      alignment % line_bytes == 0 && step_columns * Out::bytes % line_bytes == 0;
  const bool streaming = call.streaming && whole_lines;
  for (std::size_t t = 0; t < call.tokens; ++t) unpermute_token<In, Out>(call, t, streaming);
  stream_fence();
}

template <class In>
void with_output(const UnpermuteCall& call) {
  call.out_type == DType::fp32 ? unpermute_all<In, Float32>(call)
                               : unpermute_all<In, Bfloat16>(call);
}

}  // namespace

void unpermute(const UnpermuteCall& call) {
  call.rows_type == DType::fp32 ? with_output<Float32>(call) : with_output<Bfloat16>(call);
}

}  // namespace moemark::kernels::MOEMARK_ISA
