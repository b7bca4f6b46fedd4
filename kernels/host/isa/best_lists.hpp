// The k best of a token, a token a lane.
//
// One vector holds one expert's value for `lanes` tokens, and every lane keeps its sorted list of
// the k best so far. An expert enters the list at the first place whose value it exceeds strictly -
// ties leave the earlier, lower id in front - and everything behind moves down: the same compares
// and selects for every token, no branch to mispredict. Experts enter four at a time, each behind
// the other at every place, so that a place is loaded and stored once for four.
#pragma once

#include "kernels/host/isa/vector.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

constexpr int max_listed = 64;  // longer lists are chosen one by one
constexpr int entering = 4;
static_assert(lanes % entering == 0);

Ints is_not_finite(Floats value) {
  return (reinterpret_cast<Ints>(value) & 0x7f800000) == 0x7f800000;
}

bool any(Ints mask) {
  std::int32_t all = 0;
  for (int lane = 0; lane < lanes; ++lane) all |= mask[lane];
  return all != 0;
}

// The k best of `lanes` tokens, best first.
struct BestLists {
  int length;
  Floats value[max_listed];
  Ints id[max_listed];

  explicit BestLists(int topk) : length(topk) {
    for (int j = 0; j < topk; ++j) {
      value[j] = splat(-__builtin_inff());
      id[j] = Ints{} - 1;
    }
  }

  // Experts first .. first + count - 1, count at most `entering`.
  template <int count>
  void enter(int first, const Floats* logits) {
    Floats moving[count];
    Ints moving_id[count];
    Ints entered[count];  // from here on down the list everything moves
#pragma GCC unroll 4
    for (int i = 0; i < count; ++i) {
      moving[i] = logits[i];
      moving_id[i] = Ints{} + (first + i);
      entered[i] = Ints{};
    }
    for (int j = 0; j < length; ++j) {
      Floats best = value[j];
      Ints best_id = id[j];
#pragma GCC unroll 4
      for (int i = 0; i < count; ++i) {
        entered[i] |= moving[i] > best;
        const Floats out = entered[i] ? best : moving[i];
        const Ints out_id = entered[i] ? best_id : moving_id[i];
        best = entered[i] ? moving[i] : best;
        best_id = entered[i] ? moving_id[i] : best_id;
        moving[i] = out;
        moving_id[i] = out_id;
      }
      value[j] = best;
      id[j] = best_id;
    }
  }
};

// The same for one token and any k: each time the best of those that come after the last one. The
// value of expert e is values[e * stride].
inline void choose_one_by_one(const float* values, int stride, int experts, int topk,
                              std::int32_t* ids) {
  const auto comes_before = [&](int a, int b) {
    const float of_a = values[std::ptrdiff_t{a} * stride];
    const float of_b = values[std::ptrdiff_t{b} * stride];
    return of_a > of_b || (of_a == of_b && a < b);
  };
  for (int j = 0; j < topk; ++j) {
    int best = -1;
    for (int e = 0; e < experts; ++e) {
      if (j > 0 && !comes_before(ids[j - 1], e)) continue;
      if (best < 0 || comes_before(e, best)) best = e;
    }
    ids[j] = best;
  }
}

}  // namespace
}  // namespace moemark::kernels::MOEMARK_ISA
