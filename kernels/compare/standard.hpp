// What the C++ standard library offers for the plan and for top-k: timed beside our kernels
// (--compare), with the same results.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/permutation.hpp"
#include "kernels/router.hpp"

namespace moemark::kernels {

// build_plan() by std::stable_sort of the assignments.
class StableSortPlan {
 public:
  explicit StableSortPlan(std::size_t keys) : order_(keys) {}
  void run(std::span<const std::int32_t> keys, PlanBuffers plan);

 private:
  std::vector<std::int32_t> order_;
};

// router_topk() by std::partial_sort of each token's experts, and of its groups.
class PartialSortTopk {
 public:
  PartialSortTopk(const TopkRule& rule, int experts);
  void run(std::span<const float> logits, std::span<const float> select_bias,
           std::span<std::int32_t> ids, std::span<float> weights);

 private:
  void keep_best_groups();

  TopkRule rule_;
  std::size_t experts_;
  std::vector<float> scores_, choice_, group_scores_;
  std::vector<std::int32_t> order_, groups_;
};

}  // namespace moemark::kernels
