// `--routing kernel`: activations made such that the real router kernel returns a planned table.
// The gate's rows are Sylvester-Hadamard rows W, a token's activation is x = WHT(z) / P for its
// planned logits z, so W x = z (exact in float32 on the grid used here).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "routing/routing_table.hpp"

namespace moemark {

class PlannedLogits {
 public:
  // What the experts of a router that has no groups and no selection bias leave room for, and what
  // groups and biases of zero need: a group that no choice lies in must not win by the sum of two.
  // `level`: what experts that choose need, whose softmax scores are compared between tokens: all
  // choices 6, all others within 1/64 of 0.
  enum class Others : std::uint8_t { near, far, level };

  // P is the largest power of two <= hidden. Throws CaseSkipped naming `--routing ids` when
  // experts > P.
  PlannedLogits(int hidden, int experts, Others others = Others::near);

  // Whether, of level logits, every softmax score of a choice is above every other score when no
  // token has more than `most` choices: a token without any has shares near 1 / experts.
  static bool choices_lead(int most, int experts);

  // [experts, hidden] row-major, entries +1, -1 and (beyond column P) 0.
  [[nodiscard]] std::vector<float> gate_weight() const;

  // The planned logits of one token: choice j gets 4 + (k - j)/4, every other expert
  // (bounded(256) - 128)/64 from stream 3 (word = expert), 4 less when they are to be far. Choices
  // of -1 are passed over.
  void logits(const RoutingTable& plan, std::uint64_t seed, std::uint32_t step, std::uint32_t rank,
              int token, std::span<float> out) const;

  // The activation row [hidden] whose gate logits are `logits` [experts].
  void activation(std::span<const float> logits, std::span<float> row) const;

 private:
  int hidden_;
  int experts_;
  int order_;
  Others others_;
};

}  // namespace moemark
