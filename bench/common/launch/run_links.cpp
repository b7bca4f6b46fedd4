// The links that the bounds of a run are computed on.
#include "bench/common/launch/run_links.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "device/stop_watch.hpp"
#include "model/errors.hpp"
#include "report/untimed.hpp"

namespace moemark::bench {
namespace {

// What a second probe finds faster is worth a line from here on.
constexpr double notable_growth = 1.03;

void require_links(const Options& options, const Topology& topology) {
  if (topology.nodes() > 1 && !options.link_inter) {
    throw UsageError(
        "--link-inter: missing; ranks are on several nodes, allowed: PORT[/NODE] GB/s");
  }
  if (topology.ranks_per_node() > 1 && !options.link_intra) {
    throw UsageError("--link-intra: missing; nodes have several ranks, allowed: PORT[/NODE] GB/s");
  }
}

double largest_growth(const LinkRates& before, const LinkRates& after) {
  const auto growth = [](double was, double is) { return was > 0.0 ? is / was : 1.0; };
  return std::max(
      {growth(before.port_intra, after.port_intra), growth(before.port_inter, after.port_inter),
       growth(before.node_intra, after.node_intra), growth(before.node_inter, after.node_inter)});
}

}  // namespace

RunLinks::RunLinks(Launch& launch, const Topology& topology) : launch_(launch) {
  const Options& options = launch.options;
  const bool any_given = options.link_intra || options.link_inter;
  const bool has_clock = device::StopWatch::clock_name() != report::no_clock;
  const bool timed = has_clock && !options.plan_only && !options.check_only;
  if (!timed && any_given) require_links(options, topology);
  wanted_ = {timed && !options.link_intra && topology.ranks_per_node() > 1,
             timed && !options.link_inter && topology.nodes() > 1};
  const LinkSpeed intra = options.link_intra.value_or(LinkSpeed{});
  const LinkSpeed inter = options.link_inter.value_or(LinkSpeed{});
  const int ranks_per_node = topology.ranks_per_node();
  links_ = {intra.port, inter.port, intra.node.value_or(ranks_per_node * intra.port),
            inter.node.value_or(ranks_per_node * inter.port)};
  if (any_given && !probes()) launch.use_links(links_);
}

void RunLinks::probe() {
  launch_.note("probing links", "before and after the cases");
  links_ =
      measure::larger(links_, measure::probe_links(launch_.world, launch_.topology, wanted_,
                                                   launch_.memory_budget_bytes(), launch_.stream));
  launch_.use_links(links_);
}

void RunLinks::before_cases() {
  if (probes()) probe();
}

void RunLinks::after_cases() {
  if (!probes()) return;
  const LinkRates before = links_;
  probe();
  const double growth = largest_growth(before, links_);
  if (growth < notable_growth) return;
  launch_.print(
      fmt::format("links: {:.0f} % faster after the cases than before; the CSV has bounds "
                  "of the faster ones, the tables above of the slower\n",
                  100.0 * (growth - 1.0)));
}

}  // namespace moemark::bench
