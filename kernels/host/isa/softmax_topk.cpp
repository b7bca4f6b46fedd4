// Softmax and top-k of the router's logits.
//
// Softmax is monotone, so the choice is made on logits. One vector holds one expert's logit for
// `lanes` tokens (a square of logits is transposed in registers), and every lane keeps its sorted
// list of the k best so far. An expert enters the list at the first place whose logit it exceeds
// strictly - ties leave the earlier, lower id in front - and everything behind moves down: the
// same compares and selects for every token, no branch to mispredict. Experts enter four at a
// time, each behind the other at every place, so that a place is loaded and stored once for four.
//
// The weights follow per token: exponentials of the k chosen only, or of all logits where the sum
// over all experts is wanted. Sums run in an order that no vector width changes.
#include "kernels/host/isa/exponential.hpp"
#include "kernels/host/isa/kernels.hpp"
#include "kernels/host/isa/transpose.hpp"

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

// Chooses for the tokens of `rows`, one a lane; returns whether all their logits are finite.
bool choose_in_lanes(const float* const (&rows)[lanes], int experts, BestLists& best) {
  Ints bad = {};
  int e = 0;
  for (; e + lanes <= experts; e += lanes) {
    Floats column[lanes];
#pragma GCC unroll 16
    for (int i = 0; i < lanes; ++i) column[i] = load<Floats>(rows[i] + e);
    transpose(column);
#pragma GCC unroll 16
    for (int i = 0; i < lanes; ++i) bad |= is_not_finite(column[i]);
    for (int i = 0; i < lanes; i += entering) best.enter<entering>(e + i, column + i);
  }
  for (; e < experts; ++e) {
    Floats column = {};
    for (int i = 0; i < lanes; ++i) column[i] = rows[i][e];
    bad |= is_not_finite(column);
    best.enter<1>(e, &column);
  }
  return !any(bad);
}

// The same for one token and any k: each time the best of those that come after the last one.
void choose_one_by_one(const float* logits, int experts, int topk, std::int32_t* ids) {
  const auto comes_before = [&](int a, int b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
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

constexpr int summing = 16;  // partial sums on every machine: the widest vector's lanes

// Sum over all experts of exp(logit - largest).
float sum_of_exponentials(const float* logits, int experts, float largest) {
  constexpr int vectors = summing / lanes;
  Floats partial[vectors] = {};
  for (int e = 0; e < experts; e += summing) {
    for (int v = 0; v < vectors; ++v) {
      const int first = e + v * lanes;
      Floats x = splat(-__builtin_inff());
      if (first + lanes <= experts) {
        x = load<Floats>(logits + first) - largest;
      } else {
        for (int i = 0; first + i < experts; ++i) x[i] = logits[first + i] - largest;
      }
      partial[v] += exponential(x);
    }
  }
  float sum = 0.0F;
  for (int v = 0; v < vectors; ++v) {
    for (int i = 0; i < lanes; ++i) sum += partial[v][i];
  }
  return sum;
}

void weigh(const float* logits, const TopkCall& call, const std::int32_t* ids, float* weights) {
  const float largest = logits[ids[0]];
  for (int j = 0; j < call.topk; j += lanes) {
    const int count = call.topk - j < lanes ? call.topk - j : lanes;
    Floats x = {};
    for (int i = 0; i < count; ++i) x[i] = logits[ids[j + i]] - largest;
    const Floats e = exponential(x);
    for (int i = 0; i < count; ++i) weights[j + i] = e[i];
  }
  float sum = 0.0F;
  if (call.normalise) {
    // Of exponentials instead of probabilities: the sum over all experts cancels.
    for (int j = 0; j < call.topk; ++j) sum += weights[j];
    sum += 1e-20F;
  } else {
    sum = sum_of_exponentials(logits, call.experts, largest);
  }
  for (int j = 0; j < call.topk; ++j) weights[j] = weights[j] / sum * call.scale;
}

std::ptrdiff_t first_not_finite(const float* logits, std::ptrdiff_t begin, std::ptrdiff_t end) {
  for (std::ptrdiff_t i = begin; i < end; ++i) {
    if (!__builtin_isfinite(logits[i])) return i;
  }
  return -1;
}

void choose(const TopkCall& call, std::size_t token, std::size_t count,
            const float* const (&rows)[lanes], const BestLists& best) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = (token + i) * static_cast<std::size_t>(call.topk);
    std::int32_t* const ids = call.ids + at;
    if (call.topk <= max_listed) {
      for (int j = 0; j < call.topk; ++j) ids[j] = best.id[j][i];
    } else {
      choose_one_by_one(rows[i], call.experts, call.topk, ids);
    }
    weigh(rows[i], call, ids, call.weights + at);
  }
}

}  // namespace

std::ptrdiff_t softmax_topk(const TopkCall& call) {
  const auto experts = static_cast<std::size_t>(call.experts);
  for (std::size_t token = 0; token < call.tokens; token += lanes) {
    const std::size_t left = call.tokens - token;
    const std::size_t count = left < lanes ? left : lanes;
    const float* rows[lanes];
    for (std::size_t i = 0; i < lanes; ++i) {  // lanes without a token repeat the last one
      rows[i] = call.logits + (token + (i < count ? i : count - 1)) * experts;
    }
    BestLists best(call.topk <= max_listed ? call.topk : 0);
    if (!choose_in_lanes(rows, call.experts, best)) {
      return first_not_finite(call.logits, static_cast<std::ptrdiff_t>(token * experts),
                              static_cast<std::ptrdiff_t>((token + count) * experts));
    }
    choose(call, token, count, rows, best);
  }
  return -1;
}

}  // namespace moemark::kernels::MOEMARK_ISA
