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
  Topology hosts = {};        // of the job, where `topology` has logical nodes; empty: the same

  [[nodiscard]] int groups() const { return ranks / ep; }
  [[nodiscard]] int group_of(int rank) const { return rank / ep; }
  [[nodiscard]] int first_rank(int group) const { return group * ep; }
  // Whether the ranks of every group share a host, and so can share memory.
  [[nodiscard]] bool share_hosts() const {
    const Topology& real = hosts.ranks() > 0 ? hosts : topology;
    for (int group = 0; group < groups(); ++group) {
      if (real.nodes_among(first_rank(group), ep) > 1) return false;
    }
    return true;
  }
  // The job rank that runs `expert` for tokens of `source`.
  [[nodiscard]] int owner(int source, int expert) const {
    return first_rank(group_of(source)) + placement.rank_of(expert);
  }
};

}  // namespace moemark
