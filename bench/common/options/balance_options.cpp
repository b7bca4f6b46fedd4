// The options of loss-free balancing.
#include "bench/common/options/balance_options.hpp"

#include "bench/common/options/values.hpp"

namespace moemark::bench {
namespace {

constexpr int most_steps = 100'000;
constexpr int most_ranks = 4096;

}  // namespace

void add_balance_options(OptionGroup& group, BalanceOptions& options) {
  group.option("--balance-steps", "N",
               "no timing: N steps of the router on fresh tokens of the skew, whose selection bias "
               "follows the load (loss-free balancing); prints imbalance over steps",
               [&options](const std::string& t) {
                 options.steps =
                     static_cast<int>(parse_integer("--balance-steps", t, 1, most_steps));
               });
  group.option("--bias-update", "LIST",
               "of a bias in a step: sign:RATE (default sign:0.001, DeepSeek-V3's), up or down by "
               "the rate; proportional:RATE, by the rate times (mean - load) / mean",
               [&options](const std::string& t) {
                 options.updates.clear();
                 for (const std::string& item : split_list("--bias-update", t)) {
                   options.updates.push_back(parse_bias_update(item));
                 }
               });
  group.option("--ranks", "R",
               "of --balance-steps: each brings --tokens, and E/R experts (default 8)",
               [&options](const std::string& t) {
                 options.ranks = static_cast<int>(parse_integer("--ranks", t, 1, most_ranks));
               });
}

}  // namespace moemark::bench
