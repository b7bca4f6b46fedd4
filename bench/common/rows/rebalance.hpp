// The cost of a placement: which experts' weights move from the contiguous placement to the case's,
// and how many bytes that is.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "bench/common/cases/cases.hpp"
#include "bench/common/rows/account.hpp"
#include "model/dtype.hpp"
#include "traffic/placement/expert_moves.hpp"

namespace moemark::bench {

// Of its row.
inline constexpr std::string_view rebalance_phase = "rebalance";
inline constexpr std::string_view rebalance_exchange = "point_to_point";

struct Rebalance {
  std::vector<ExpertMove> moves;  // inside each EP group, alike
  DType dtype = DType::bf16;      // of the weights: that of the rows that reach them
  std::size_t expert_bytes = 0;   // matrices * hidden * ffn * bytes of a weight, without scales
};

// Whether a case has such a row: not in the contiguous placement, and once for both passes, whose
// weights are the same.
bool is_rebalanced(const Case& c);
// The same, of a row that the filter selects.
bool rebalance_selected(const Options& options, const Case& c);

Rebalance rebalance_of(const Case& c);

OperationTraffic traffic_of(const Rebalance& rebalance, const ExpertGroups& groups);

}  // namespace moemark::bench
