// How long EPLB plans: all layers of a model, as often as a serving system rebalances. Not a test.
#include <benchmark/benchmark.h>

#include "routing/load_shares.hpp"
#include "traffic/placement/eplb.hpp"

namespace moemark {
namespace {

// Arguments: experts, layers, ranks, nodes. A slot a rank more than experts, as DeepSeek-V3 serves.
void plan(benchmark::State& state, bool by_node) {
  const auto experts = static_cast<int>(state.range(0));
  const auto layers = static_cast<std::size_t>(state.range(1));
  const auto ranks = static_cast<int>(state.range(2));
  const EplbShape shape{experts + ranks, ranks, static_cast<int>(state.range(3)), 8};
  std::vector<std::vector<double>> loads;
  loads.reserve(layers);
  for (std::size_t layer = 0; layer < layers; ++layer) {
    loads.push_back(load_shares(parse_skew("lognormal:0.75"), experts, layer + 1, ""));
  }
  for (auto _ : state) {
    for (const auto& load : loads) {
      auto slots = by_node ? eplb_hierarchical(load, shape) : eplb_global(load, shape);
      benchmark::DoNotOptimize(slots.data());
    }
  }
}

void global_plan(benchmark::State& state) {
  plan(state, false);
}
void hierarchical_plan(benchmark::State& state) {
  plan(state, true);
}

BENCHMARK(global_plan)
    ->Args({256, 58, 32, 4})
    ->Args({256, 58, 64, 8})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(hierarchical_plan)
    ->Args({256, 58, 32, 4})
    ->Args({256, 58, 64, 8})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace moemark

BENCHMARK_MAIN();
