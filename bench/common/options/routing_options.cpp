// The options of routing and placement.
#include "bench/common/options/routing_options.hpp"

#include <fmt/format.h>

#include "bench/common/options/option_group.hpp"
#include "bench/common/options/options.hpp"
#include "bench/common/options/values.hpp"
#include "model/errors.hpp"

namespace moemark::bench {
namespace {

constexpr double most_imbalance = 1 << 16;  // no job has more ranks
constexpr int most_replicas = 1 << 16;

void add_routing(CLI::App& app, Options& o) {
  OptionGroup group(app, "ROUTING");
  group.option(
      "--routing", "SOURCE",
      "kernel: through the real router (default); ids: drawn directly; "
      "trace:FILE[/STEP/LAYER]: replay of a recorded table, by default the file's first, with its "
      "tokens and top-k (JSON lines of --record-trace or Megatron, or scripts/convert-trace)",
      [&](const std::string& t) {
        const bool replays = t.starts_with("trace:");
        if (replays) o.trace = parse_trace_source("--routing", t);
        o.routing = replays ? RoutingSource::trace
                            : static_cast<RoutingSource>(
                                  parse_choice("--routing", t, {"kernel", "ids", "trace:FILE"}));
      });
  group.option("--target-imbalance", "LIST",
               "rank max/mean that the skew is solved for, from 1 (the even end) on; turns the "
               "knob of --skew lognormal, zipf or hot:N, whatever its value there",
               [&](const std::string& t) {
                 o.target_imbalances = parse_numbers("--target-imbalance", t, 1.0, most_imbalance);
               });
  group.option(
      "--capacity", "LIST",
      "none (default); drop:CF: of each rank's tokens an expert takes at most CF times the "
      "mean (tokens * top-k / experts, rounded up), the first in token order; "
      "drop:CF/probability: those of the largest weights (recorded ones of a trace, else "
      "the oracle's, so that every routing drops the same)",
      [&](const std::string& t) {
        o.capacities.clear();
        for (const std::string& item : split_list("--capacity", t)) {
          o.capacities.push_back(parse_capacity(item));
        }
      });
  group.option(
      "--tokens-spread", "F",
      "ragged ranks: each has --tokens up to the share F (0 to 1) more or fewer (default 0)",
      [&](const std::string& t) { o.tokens_spread = parse_fraction("--tokens-spread", t); });
}

// The specs of --skew, under another flag.
Skew parse_plan_skew(const std::string& text) {
  try {
    return parse_skew(text);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("--plan-skew, as {}", error.what()));
  }
}

void add_placement(CLI::App& app, Options& o) {
  OptionGroup group(app, "PLACEMENT");
  group.option(
      "--placement", "LIST",
      "which rank holds which experts: contiguous (default), strided, random; eplb-global, "
      "eplb-hier (DeepSeek's balancer, hier: groups of experts stay on a node where nodes "
      "divide them); file:PATH, a JSON list of the expert of each slot in rank order",
      [&](const std::string& t) {
        o.placements.clear();
        for (const std::string& item : split_list("--placement", t)) {
          o.placements.push_back(parse_placement(item));
        }
      });
  group.option(
      "--replicas", "LIST",
      "slots of a group beyond one of each expert, which eplb-* fill with copies (default 0)",
      [&](const std::string& t) {
        o.replicas = parse_integers("--replicas", t, 0, most_replicas);
      });
  group.option("--plan-skew", "LIST",
               "the load that eplb-* plan for: own (default: the case's --skew) or any skew; "
               "another than --skew makes a stale plan",
               [&](const std::string& t) {
                 o.plan_skews.clear();
                 for (const std::string& item : split_list("--plan-skew", t)) {
                   o.plan_skews.push_back(item == "own" ? std::nullopt
                                                        : std::optional(parse_plan_skew(item)));
                 }
               });
}

}  // namespace

void add_routing_options(CLI::App& app, Options& options) {
  add_routing(app, options);
  add_placement(app, options);
}

}  // namespace moemark::bench
