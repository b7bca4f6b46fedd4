// `--capacity`: how many assignments of a source rank an expert takes, and which it drops.
#pragma once

#include <cstdint>
#include <string>

#include "routing/routing_table.hpp"

namespace moemark {

// Which assignments of a full expert stay: the first in token-major order, or those of the largest
// weights (equal ones: the earlier token).
enum class DropPolicy : std::uint8_t { position, probability };

struct Capacity {
  std::int64_t factor_millionths = 0;  // 0: none, nothing is dropped
  DropPolicy policy = DropPolicy::position;
  std::string text = "none";  // as given

  [[nodiscard]] bool drops() const { return factor_millionths > 0; }
};

// Parses `none`, `drop:CF` and `drop:CF/position|probability`, CF above 0 up to 64 with at most six
// decimals. Throws UsageError naming --capacity, the value and what is allowed.
Capacity parse_capacity(const std::string& text);

// C = ceil(CF * T * k / E), in whole numbers, of one source rank's T tokens (masked ones too) and
// one logical expert (GShard, arXiv:2006.16668, 3.1; Switch, arXiv:2101.03961, equation 3).
std::int64_t expert_capacity(const Capacity& capacity, int tokens, int topk, int experts);

// Takes what an expert has no room for out of one source rank's table of logical experts: its id
// becomes -1, weights stay as they are (no renormalisation). Returns how many.
std::int64_t drop_overflow(const Capacity& capacity, int experts, RoutingTable& table);

}  // namespace moemark
