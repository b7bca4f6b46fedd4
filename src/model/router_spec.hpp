// How a model's router turns logits into top-k experts and weights.
#pragma once

#include <string>

#include "model/router_score.hpp"

namespace moemark {

struct RouterSpec {
  Score score = Score::softmax;
  bool norm_topk_prob = true;  // weights divided by their sum over the k chosen
  float scale = 1.0F;          // factor on the weights after renormalisation
  bool gate_bias = false;      // logits = x W^T + a bias
  bool select_bias = false;    // a bias on the scores that takes part in selection only
  int n_group = 1;             // expert groups, and how many of them a token may use
  int topk_group = 1;
  GroupScore group_score = GroupScore::none;

  // Whether selection compares the logits themselves: every score is monotone, and scores may
  // saturate into ties. With a bias or groups it compares float32 scores.
  [[nodiscard]] bool selects_by_logit() const { return !select_bias && n_group == 1; }

  // Why a token cannot have `topk` of `experts` experts here (not divisible into the groups, fewer
  // experts in the groups of a token than k); empty when it can.
  [[nodiscard]] std::string why_impossible(int experts, int topk) const;

  // In a few words: `sigmoid, bias, 4 of 8 groups by top2-sum, renormalised, x2.5`.
  [[nodiscard]] std::string text() const;
};

}  // namespace moemark
