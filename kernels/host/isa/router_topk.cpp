// The router's choice: top-k of logits or of scores, and the weights of the chosen.
//
// Every score is monotone, so without bias and groups the choice is made on logits; a square of
// them is transposed in registers and enters the lists of best_lists.hpp. Else scores are computed,
// a token a lane, and enter in the same way (choice_scores.hpp).
//
// The weights follow per token: exponentials of the k chosen only, or of all logits where the sum
// over all experts is wanted. Sums run in an order that no vector width changes.
#include "kernels/host/isa/best_lists.hpp"
#include "kernels/host/isa/choice_scores.hpp"
#include "kernels/host/isa/kernels.hpp"
#include "kernels/host/isa/scores.hpp"
#include "kernels/host/isa/transpose.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

using Rows = const float* const[lanes];

// Hands the logits of all experts to `visit`, a vector an expert, in squares of `lanes` and then
// one by one; returns whether all are finite.
template <class Visit>
bool for_all_columns(const Rows& rows, int experts, Visit visit) {
  Ints bad = {};
  int e = 0;
  for (; e + lanes <= experts; e += lanes) {
    Floats column[lanes];
#pragma GCC unroll 16
    for (int i = 0; i < lanes; ++i) column[i] = load<Floats>(rows[i] + e);
    transpose(column);
#pragma GCC unroll 16
    for (int i = 0; i < lanes; ++i) bad |= is_not_finite(column[i]);
    visit.square(e, column);
  }
  for (; e < experts; ++e) {
    Floats column = {};
    for (int i = 0; i < lanes; ++i) column[i] = rows[i][e];
    bad |= is_not_finite(column);
    visit.single(e, column);
  }
  return !any(bad);
}

struct EnterAll {
  BestLists& best;
  void square(int first, const Floats (&column)[lanes]) {
    for (int i = 0; i < lanes; i += entering) best.enter<entering>(first + i, column + i);
  }
  void single(int expert, Floats column) { best.enter<1>(expert, &column); }
};

struct KeepAll {
  ChoiceScores& kept;
  void square(int first, const Floats (&column)[lanes]) {
    for (int i = 0; i < lanes; ++i) kept.set(first + i, column[i]);
  }
  void single(int expert, Floats column) { kept.set(expert, column); }
};

void enter_scores(const ChoiceScores& scores, int experts, BestLists& best) {
  int e = 0;
  for (; e + entering <= experts; e += entering) {
    Floats column[entering];
    for (int i = 0; i < entering; ++i) column[i] = scores.at(e + i);
    best.enter<entering>(e, column);
  }
  for (; e < experts; ++e) {
    const Floats column = scores.at(e);
    best.enter<1>(e, &column);
  }
}

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

// Plain softmax.
void weigh_softmax(const float* logits, const TopkCall& call, const std::int32_t* ids,
                   float* weights) {
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

// Any router that chose by scores, and any score but softmax: s[ids] as it was compared.
void weigh_scores(const float* logits, const TopkCall& call, const SoftmaxOf& softmax,
                  const std::int32_t* ids, float* weights) {
  for (int j = 0; j < call.topk; j += lanes) {
    const int count = call.topk - j < lanes ? call.topk - j : lanes;
    Floats x = {};
    for (int i = 0; i < count; ++i) x[i] = logits[ids[j + i]];
    const Floats s = score_of(call.score, x, softmax);
    for (int i = 0; i < count; ++i) weights[j + i] = s[i];
  }
  float sum = 1.0F;
  if (call.normalise) {
    sum = 0.0F;
    for (int j = 0; j < call.topk; ++j) sum += weights[j];
    sum += 1e-20F;
  }
  for (int j = 0; j < call.topk; ++j) weights[j] = weights[j] / sum * call.scale;
}

std::ptrdiff_t first_not_finite(const float* logits, std::ptrdiff_t begin, std::ptrdiff_t end) {
  for (std::ptrdiff_t i = begin; i < end; ++i) {
    if (!__builtin_isfinite(logits[i])) return i;
  }
  return -1;
}

// The tokens of one call that share a vector, one a lane.
class Block {
 public:
  // Lanes without a token repeat the last one.
  Block(const TopkCall& call, std::size_t token)
      : call_(call), token_(token), best_(call.topk <= max_listed ? call.topk : 0) {
    const std::size_t left = call.tokens - token;
    count_ = left < lanes ? left : lanes;
    for (std::size_t i = 0; i < lanes; ++i) {
      rows_[i] = call.logits +
                 (token + (i < count_ ? i : count_ - 1)) * static_cast<std::size_t>(call.experts);
    }
  }

  // Whether all logits are finite; else nothing is written.
  bool choose_by_logit() {
    if (!for_all_columns(rows_, call_.experts, EnterAll{best_})) return false;
    for (std::size_t i = 0; i < count_; ++i) {
      std::int32_t* const ids = write_ids(i, rows_[i], 1);
      if (call_.score == Score::softmax) {
        weigh_softmax(rows_[i], call_, ids, weights_of(i));
      } else {
        weigh_scores(rows_[i], call_, {}, ids, weights_of(i));
      }
    }
    return true;
  }

  bool choose_by_score() {
    ChoiceScores scores(call_);
    if (!for_all_columns(rows_, call_.experts, KeepAll{scores})) return false;
    const SoftmaxOf softmax = scores.choose_by();
    if (best_.length > 0) enter_scores(scores, call_.experts, best_);
    for (std::size_t i = 0; i < count_; ++i) {
      const SoftmaxOf own = {splat(softmax.largest[i]), splat(softmax.sum[i])};
      const std::int32_t* const ids = write_ids(i, scores.data() + i, lanes);
      weigh_scores(rows_[i], call_, own, ids, weights_of(i));
    }
    return true;
  }

  [[nodiscard]] std::ptrdiff_t first_not_finite_here() const {
    const auto experts = static_cast<std::size_t>(call_.experts);
    return first_not_finite(call_.logits, static_cast<std::ptrdiff_t>(token_ * experts),
                            static_cast<std::ptrdiff_t>((token_ + count_) * experts));
  }

 private:
  [[nodiscard]] std::size_t place(std::size_t i) const {
    return (token_ + i) * static_cast<std::size_t>(call_.topk);
  }
  [[nodiscard]] float* weights_of(std::size_t i) const { return call_.weights + place(i); }

  std::int32_t* write_ids(std::size_t i, const float* values, int stride) const {
    std::int32_t* const ids = call_.ids + place(i);
    if (call_.topk <= max_listed) {
      for (int j = 0; j < call_.topk; ++j) ids[j] = best_.id[j][i];
    } else {
      choose_one_by_one(values, stride, call_.experts, call_.topk, ids);
    }
    return ids;
  }

  const TopkCall& call_;
  std::size_t token_;
  std::size_t count_;
  const float* rows_[lanes];
  BestLists best_;
};

}  // namespace

std::ptrdiff_t router_topk(const TopkCall& call) {
  for (std::size_t token = 0; token < call.tokens; token += lanes) {
    Block block(call, token);
    if (!(call.by_logit ? block.choose_by_logit() : block.choose_by_score())) {
      return block.first_not_finite_here();
    }
  }
  return -1;
}

}  // namespace moemark::kernels::MOEMARK_ISA
