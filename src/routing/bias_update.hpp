// Loss-free balancing: the selection bias of a router follows the load of its experts, step by step
// (Wang et al. 2024, arXiv:2408.15664, algorithm 1; DeepSeek-V3, arXiv:2412.19437, 2.1.2).
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace moemark {

// By how much a step changes an expert's bias: by the rate, up where the load was below the mean
// and down where it was above (DeepSeek-V3 uses 0.001), or by the rate times
// (mean - load) / mean.
enum class BiasRule : std::uint8_t { sign, proportional };

struct BiasUpdate {
  BiasRule rule = BiasRule::sign;
  double rate = 0.001;
  std::string text = "sign:0.001";  // as given

  // counts [E] of one step, bias [E]; without any load nothing changes.
  void apply(std::span<const std::int64_t> counts, std::span<float> bias) const;
};

// Parses `sign:RATE` and `proportional:RATE`, the rate above 0 up to 1. Throws UsageError naming
// --bias-update, the value and what is allowed.
BiasUpdate parse_bias_update(const std::string& text);

}  // namespace moemark
