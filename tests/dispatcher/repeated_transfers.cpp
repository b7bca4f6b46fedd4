// Runs the transfer steps of a dispatcher, or of a baseline, a given number of times, and prints
// what one pass is declared to move: what monitoring_test.py compares with the library's counters.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "dispatcher/baselines/baselines.hpp"
#include "tests/dispatcher/routed_group.hpp"

namespace moemark::dispatcher {
namespace {

constexpr std::size_t baseline_bytes = 12000;

RankTraffic run_dispatcher(RoutedGroup& group, const DispatcherEntry& entry, int rank,
                           int rounds_in_flight, int passes) {
  Sizes sizes = group.sizes;
  if (rounds_in_flight > 0) {
    sizes.exchange = {.schedule = Exchange::Schedule::window, .window = rounds_in_flight};
  }
  const auto dispatcher = entry.make(group.transport);
  dispatcher->prepare(sizes, group.batch);
  // Layout and counts have to be there before rows can move.
  run_steps(dispatcher->dispatch(), group.stream);
  run_steps(dispatcher->combine(), group.stream);
  for (int pass = 0; pass < passes; ++pass) {
    for (const auto steps : {dispatcher->dispatch(), dispatcher->combine()}) {
      for (const Step& step : steps) {
        if (step.name.starts_with("transfer")) step.run(group.stream);
      }
    }
  }
  const auto declared = [&](Direction direction, std::size_t row_bytes) {
    return entry.declare(group.traffic, group.groups, rank, direction, row_bytes, sizes.exchange);
  };
  RankTraffic both = declared(Direction::dispatch, sizes.row_bytes());
  both += declared(Direction::combine, sizes.combine_row_bytes());
  return both;
}

RankTraffic run_baseline(RoutedGroup& group, const BaselineEntry& entry, int rank, int passes) {
  Baseline baseline = entry.make(group.transport, baseline_bytes);
  // A ping-pong is two operations, and the way back is the transpose of the way there.
  for (int pass = 0; pass < passes; ++pass) run_steps(baseline.steps, group.stream);
  RankTraffic traffic = declare_baseline(entry, group.groups, rank, baseline_bytes);
  if (baseline.operations == 2) traffic += {traffic.received, traffic.sent};
  return traffic;
}

bool is_baseline(std::string_view name) {
  return std::ranges::any_of(baselines(), [&](const auto& known) { return known.name == name; });
}

void run(const comm::Communicator& world, std::string_view name, int rounds_in_flight,
         int ranks_per_node, int passes) {
  RoutedGroup group(world, {.routing = "lognormal:0.75", .ranks_per_node = ranks_per_node});
  const RankTraffic mine =
      is_baseline(name)
          ? run_baseline(group, find_baseline("--baseline", name), world.rank(), passes)
          : run_dispatcher(group, find_dispatcher(name), world.rank(), rounds_in_flight, passes);
  const std::array values = {mine.sent.intra, mine.sent.inter, mine.received.intra,
                             mine.received.inter};
  const auto all = world.all_gather_values(std::span<const std::int64_t>(values));
  for (std::size_t at = 0; world.is_root() && at < all.size(); at += values.size()) {
    fmt::print("declared {} {} {} {}\n", all[at], all[at + 1], all[at + 2], all[at + 3]);
  }
}

}  // namespace
}  // namespace moemark::dispatcher

int main(int argc, char** argv) {
  const moemark::comm::Session session(&argc, &argv);
  const auto world = moemark::comm::Communicator::world();
  if (argc != 5) {
    if (world.is_root())
      fmt::print(stderr, "usage: {} NAME ROUNDS_IN_FLIGHT RANKS_PER_NODE PASSES\n", argv[0]);
    return 2;
  }
  moemark::dispatcher::run(world, argv[1], std::atoi(argv[2]), std::atoi(argv[3]),
                           std::atoi(argv[4]));
  return 0;
}
