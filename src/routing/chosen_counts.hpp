// How often a router chooses each expert, over many tokens: choose_experts() without the order of
// the choice, the weights and the checks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/router_spec.hpp"

namespace moemark {

// The indices of the largest values, descending, ties to the lower index.
class Largest {
 public:
  // Valid until the next call; `count` is at most values.size().
  std::span<const std::size_t> of(std::span<const float> values, std::size_t count);

 private:
  std::vector<float> values_;
  std::vector<std::size_t> indices_;
};

class ChosenCounts {
 public:
  // Throws UsageError when router.why_impossible.
  ChosenCounts(const RouterSpec& router, int topk, int experts);

  // One more token; logits [E] finite, select_bias [E] or empty.
  void add(std::span<const float> logits, std::span<const float> select_bias);

  [[nodiscard]] std::span<const std::int64_t> counts() const { return counts_; }
  void clear();

 private:
  void keep_best_groups();

  RouterSpec router_;
  std::size_t topk_;
  std::vector<float> c_;
  Largest best_;
  std::vector<float> group_scores_;
  std::vector<bool> wins_;
  std::vector<std::int64_t> counts_;
};

}  // namespace moemark
