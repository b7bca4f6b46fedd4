// Logits whose largest entries are a draw: a base for every expert plus standard Gumbel noise. The
// k largest of log(load) + noise are k experts drawn one after the other without replacement, each
// with a probability proportional to its load (Gumbel top-k: Kool, van Hoof and Welling,
// "Stochastic beams and where to find them", ICML 2019).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace moemark {

// Whose noise: a token of a rank of the job in a step.
struct TokenId {
  std::uint32_t step = 0;
  std::uint32_t rank = 0;
  std::uint32_t token = 0;
};

class GumbelLogits {
 public:
  explicit GumbelLogits(std::uint64_t seed);

  // out[e] = base[e] + noise of 16 bits (the low half of word e/2 in the stream `activations` for
  // even e, the high half for odd), rounded to multiples of 1/64 and kept within -16..16: on that
  // grid the gate of PlannedLogits returns it exactly in float32.
  void fill(std::span<const float> base, TokenId id, std::span<float> out);

 private:
  std::uint64_t seed_;
  std::vector<float> quantiles_;  // of the distribution, at (i + 1/2) / 2^16
  std::vector<std::uint32_t> words_;
};

}  // namespace moemark
