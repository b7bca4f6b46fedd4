// What routers with a selection bias or groups choose by: scores instead of logits, a token a lane.
#pragma once

#include "kernels/host/isa/scores.hpp"
#include "kernels/host/kernel_table.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

inline Floats largest_of(Floats a, Floats b) {
  return a > b ? a : b;
}

// c[e] of `lanes` tokens: a vector an expert, in the call's scratch memory behind one another.
class ChoiceScores {
 public:
  explicit ChoiceScores(const TopkCall& call) : call_(call) {}

  [[nodiscard]] Floats at(int expert) const { return load<Floats>(place(expert)); }
  void set(int expert, Floats value) { store(place(expert), value); }
  [[nodiscard]] const float* data() const { return call_.scratch; }

  // From the logits, which were set, to scores, with the bias, the losing groups at -inf.
  SoftmaxOf choose_by() {
    const SoftmaxOf softmax = score_all();
    if (call_.select_bias != nullptr) {
      for (int e = 0; e < call_.experts; ++e) set(e, at(e) + call_.select_bias[e]);
    }
    if (call_.groups > 1) drop_losing_groups();
    return softmax;
  }

 private:
  [[nodiscard]] float* place(int row) const { return call_.scratch + std::ptrdiff_t{row} * lanes; }

  SoftmaxOf score_all() {
    if (call_.score == Score::softmax) return softmax_all();
    for (int e = 0; e < call_.experts; ++e) set(e, score_of(call_.score, at(e), {}));
    return {};
  }

  SoftmaxOf softmax_all() {
    Floats largest = at(0);
    for (int e = 1; e < call_.experts; ++e) largest = largest_of(largest, at(e));
    Floats partial[summing] = {};
    for (int e = 0; e < call_.experts; ++e) {
      const Floats x = exponential(at(e) - largest);
      partial[e % summing] += x;
      set(e, x);
    }
    Floats sum = {};
    for (const Floats part : partial) sum += part;
    for (int e = 0; e < call_.experts; ++e) set(e, at(e) / sum);
    return {largest, sum};
  }

  [[nodiscard]] Floats group_score(int group) const {
    const int width = call_.experts / call_.groups;
    Floats first = splat(-__builtin_inff());
    Floats second = first;
    for (int e = group * width; e < (group + 1) * width; ++e) {
      const Floats value = at(e);
      second = largest_of(second, value < first ? value : first);
      first = largest_of(first, value);
    }
    return call_.group_score == GroupScore::top2_sum && width > 1 ? first + second : first;
  }

  // A group wins when fewer than topk_groups others come before it. Their scores lie behind the
  // experts'.
  void drop_losing_groups() {
    const int width = call_.experts / call_.groups;
    for (int g = 0; g < call_.groups; ++g) set(call_.experts + g, group_score(g));
    for (int g = 0; g < call_.groups; ++g) {
      const Floats own = at(call_.experts + g);
      Ints before = {};
      for (int other = 0; other < call_.groups; ++other) {
        const Floats score = at(call_.experts + other);
        before -= other < g ? score >= own : score > own;  // true is -1
      }
      const Ints wins = before < call_.topk_groups;
      for (int e = g * width; e < (g + 1) * width; ++e) {
        set(e, wins ? at(e) : splat(-__builtin_inff()));
      }
    }
  }

  const TopkCall& call_;
};

}  // namespace
}  // namespace moemark::kernels::MOEMARK_ISA
