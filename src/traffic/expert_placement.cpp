// Contiguous placement of experts on the ranks of a group.
#include "traffic/expert_placement.hpp"

#include <cstddef>
#include <stdexcept>

namespace moemark {

ExpertPlacement ExpertPlacement::contiguous(int experts, int ranks) {
  if (experts < 0 || ranks < 1) {
    throw std::invalid_argument("ExpertPlacement: at least 1 rank and 0 experts are needed");
  }
  ExpertPlacement placement;
  placement.first_.push_back(0);
  for (int rank = 0; rank < ranks; ++rank) {
    const int count = experts / ranks + (rank < experts % ranks ? 1 : 0);
    placement.rank_of_.insert(placement.rank_of_.end(), static_cast<std::size_t>(count), rank);
    placement.first_.push_back(placement.experts());
  }
  return placement;
}

}  // namespace moemark
