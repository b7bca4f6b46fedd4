// Which rank of the EP group holds each expert.
#pragma once

#include <vector>

namespace moemark {

class ExpertPlacement {
 public:
  // Blocks in id order; the first `experts mod ranks` ranks hold one more.
  static ExpertPlacement contiguous(int experts, int ranks);

  [[nodiscard]] int experts() const { return static_cast<int>(rank_of_.size()); }
  [[nodiscard]] int ranks() const { return static_cast<int>(first_.size()) - 1; }
  [[nodiscard]] int rank_of(int expert) const { return rank_of_[static_cast<std::size_t>(expert)]; }
  // rank_of() of every expert.
  [[nodiscard]] const std::vector<int>& rank_of_each() const { return rank_of_; }
  // Experts of a rank are first(rank) .. first(rank + 1) - 1.
  [[nodiscard]] int first(int rank) const { return first_[static_cast<std::size_t>(rank)]; }
  [[nodiscard]] int count(int rank) const { return first(rank + 1) - first(rank); }
  // ceil(experts / ranks): the width of a padded cell block.
  [[nodiscard]] int max_count() const { return (experts() + ranks() - 1) / ranks(); }

 private:
  std::vector<int> rank_of_;
  std::vector<int> first_;
};

}  // namespace moemark
