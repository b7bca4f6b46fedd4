// Small random routings: every token takes up to k distinct experts, some of its choices masked.
#pragma once

#include <algorithm>
#include <cstdint>

#include "routing/philox.hpp"
#include "traffic/traffic_matrix.hpp"

namespace moemark {

struct RandomRouting {
  std::uint32_t seed = 1;
  int tokens = 8;  // a rank at most; the number of a rank is random
  int topk = 2;
  // Of ten choices so many go to the lower half of the experts.
  std::uint32_t skew = 5;
};

inline RoutingTable random_table(const RandomRouting& how, int experts, int rank) {
  RandomWords words(how.seed, RandomStream::skew, 0, static_cast<std::uint32_t>(rank), 0);
  std::uint32_t next = 0;
  const auto below = [&](int bound) {
    return static_cast<std::int32_t>(words.bounded(next++, static_cast<std::uint32_t>(bound)));
  };
  RoutingTable table(1 + below(how.tokens), how.topk);
  const int half = (experts + 1) / 2;
  for (int token = 0; token < table.tokens; ++token) {
    for (std::int32_t& id : table.ids(token)) {
      const bool low = static_cast<std::uint32_t>(below(10)) < how.skew || experts == 1;
      const std::int32_t expert = low ? below(half) : half + below(experts - half);
      // A second draw of the same expert is a masked choice.
      if (std::ranges::count(table.ids(token), expert) == 0) id = expert;
    }
  }
  return table;
}

inline TrafficMatrices random_traffic(const RandomRouting& how, const ExpertGroups& groups) {
  TrafficMatrices all(groups);
  for (int s = 0; s < groups.ranks; ++s) {
    all.set_row(s, traffic_row(random_table(how, groups.placement.experts(), s), groups, s));
  }
  return all;
}

}  // namespace moemark
