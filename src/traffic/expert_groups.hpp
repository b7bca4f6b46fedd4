// The EP groups of a job: contiguous blocks of `ep` ranks, each holding all experts once.
#pragma once

#include "traffic/expert_placement.hpp"
#include "traffic/topology.hpp"

namespace moemark {

struct ExpertGroups {
  int ranks = 0;              // of the job
  int ep = 0;                 // ranks of a group; divides `ranks`
  ExpertPlacement placement;  // of one group, over ranks 0..ep-1
  Topology topology;          // of the job

  [[nodiscard]] int groups() const { return ranks / ep; }
  [[nodiscard]] int group_of(int rank) const { return rank / ep; }
  [[nodiscard]] int first_rank(int group) const { return group * ep; }
  // The job rank that runs `expert` for tokens of `source`.
  [[nodiscard]] int owner(int source, int expert) const {
    return first_rank(group_of(source)) + placement.rank_of(expert);
  }
};

}  // namespace moemark
