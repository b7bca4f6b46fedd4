// The experiment of loss-free balancing in router_perf.
#pragma once

#include <vector>

#include "bench/common/options/option_group.hpp"
#include "routing/bias_update.hpp"

namespace moemark::bench {

struct BalanceOptions {
  int steps = 0;  // 0: no experiment
  int ranks = 8;  // whose tokens make a step, and which share the experts
  std::vector<BiasUpdate> updates = {BiasUpdate{}};
};

// --balance-steps, --bias-update, --ranks.
void add_balance_options(OptionGroup& group, BalanceOptions& options);

}  // namespace moemark::bench
