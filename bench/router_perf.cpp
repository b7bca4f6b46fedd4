// router_perf: the router's gate GEMM, its choice of experts, and both together.
#include "bench/common/inputs/router_run.hpp"
#include "bench/common/kernels/kernel_launch.hpp"
#include "device/buffer.hpp"
#include "kernels/compare/standard.hpp"
#include "kernels/router.hpp"
#include "model/errors.hpp"

namespace moemark::bench {
namespace {

constexpr Program program = {
    .name = "router_perf",
    .summary = "what routing tokens to experts costs on one core",
    .description =
        "  Times the gate GEMM (tokens x hidden x experts), the choice of experts (scores, "
        "selection\n"
        "  bias, groups, top-k, weights, as the preset's router has them), and the router as a "
        "whole,\n"
        "  on activations whose logits follow --skew. GFLOP/s of valid work; of_roofline compares\n"
        "  with the multiply-add and read rates measured in the same run.\n",
    .examples =
        "  router_perf --preset olmoe-1b-7b --tokens 64,1024\n"
        "  router_perf --preset tiny --experts 8,64,256 --topk 8 --warm",
    .routes = true,
    .routers = true,
    .kernels = true,
};

// Everything a call of the router reads and writes; shared by the closures of a case.
struct RouterBuffers {
  RouterBuffers(const Case& c, const Options& options, device::Stream& stream);

  [[nodiscard]] kernels::ConstRows tokens(std::size_t copy) const {
    return {what.dtype, static_cast<std::size_t>(what.router_hidden), x[copy].bytes()};
  }
  void gate(device::Stream& stream, std::size_t copy) {
    kernels::gate_logits(stream, tokens(copy), weight.as<const float>(),
                         bias_if(what.preset.router.gate_bias), logits.as<float>());
  }
  void choose(device::Stream& stream) {
    kernels::router_topk(stream, logits.as<const float>(), what.experts, rule,
                         bias_if(what.preset.router.select_bias), ids.as<std::int32_t>(),
                         weights.as<float>());
  }

  [[nodiscard]] std::span<const float> bias_if(bool wanted) const {
    return wanted ? bias.as<const float>() : std::span<const float>();
  }

  Case what;
  kernels::TopkRule rule;
  std::vector<device::Buffer> x;                      // copies that go beyond the cache in rotation
  device::Buffer weight, bias, logits, ids, weights;  // a bias of zeros costs what others cost
};

RouterBuffers::RouterBuffers(const Case& c, const Options& options, device::Stream& stream)
    : what(c),
      rule{c.preset.router, c.topk},
      logits(sizeof(float) * static_cast<std::size_t>(c.tokens) *
             static_cast<std::size_t>(c.experts)),
      ids(4 * static_cast<std::size_t>(c.tokens) * static_cast<std::size_t>(c.topk)),
      weights(ids.size_bytes()) {
  const std::string impossible = rule.router.why_impossible(c.experts, c.topk);
  if (!impossible.empty()) throw CaseSkipped(impossible);
  if (c.skew.kind == SkewKind::expert_choice) {
    throw CaseSkipped("no top-k router returns what experts choose");
  }
  const PlannedTables tables(c, options.seed, RoutingSource::ids);
  const RoutingTable plan = tables.of(0);
  RouterInput input(c, tables, plan, options.seed, /*rank=*/0);
  const std::vector<float> gate_weight = input.gate_weight();
  weight = device::upload(stream, std::span<const float>(gate_weight));
  const std::vector<float> zeros(static_cast<std::size_t>(c.experts), 0.0F);
  bias = device::upload(stream, std::span<const float>(zeros));
  const std::vector<std::byte> rows = input.rows(0, c.tokens);
  const std::size_t copies = cold_copies(static_cast<double>(rows.size()), options);
  for (std::size_t i = 0; i < copies; ++i) {
    x.push_back(device::upload(stream, std::span<const std::byte>(rows)));
  }
  gate(stream, 0);
}

double gate_flop(const Case& c) {
  return 2.0 * c.tokens * c.router_hidden * c.experts;
}

double gate_bytes(const RouterBuffers& b) {
  return static_cast<double>(b.x[0].size_bytes() + b.weight.size_bytes() + b.logits.size_bytes());
}

double topk_bytes(const RouterBuffers& b) {
  return static_cast<double>(b.logits.size_bytes() + b.ids.size_bytes() + b.weights.size_bytes());
}

KernelWork gate(const Case& c, const Options& options, device::Stream& stream) {
  auto b = std::make_shared<RouterBuffers>(c, options, stream);
  return {gate_flop(c), gate_bytes(*b), false,
          rotating(b->x.size(), [b](device::Stream& s, std::size_t copy) { b->gate(s, copy); })};
}

KernelWork topk(const Case& c, const Options& options, device::Stream& stream) {
  auto b = std::make_shared<RouterBuffers>(c, options, stream);
  return {0.0, topk_bytes(*b), false, [b](device::Stream& s) { b->choose(s); }};
}

// What choose() does, by the standard library.
KernelWork partial_sort(const Case& c, const Options& options, device::Stream& stream) {
  auto b = std::make_shared<RouterBuffers>(c, options, stream);
  auto sort = std::make_shared<kernels::PartialSortTopk>(b->rule, c.experts);
  return {0.0, topk_bytes(*b), false, [b, sort](device::Stream&) {
            sort->run(b->logits.as<const float>(), b->bias_if(b->what.preset.router.select_bias),
                      b->ids.as<std::int32_t>(), b->weights.as<float>());
          }};
}

KernelWork router(const Case& c, const Options& options, device::Stream& stream) {
  auto b = std::make_shared<RouterBuffers>(c, options, stream);
  return {gate_flop(c), gate_bytes(*b) + topk_bytes(*b), false,
          rotating(b->x.size(), [b](device::Stream& s, std::size_t copy) {
            b->gate(s, copy);
            b->choose(s);
          })};
}

}  // namespace
}  // namespace moemark::bench

int main(int argc, char** argv) {
  using namespace moemark::bench;
  return run_kernels(argc, argv, program,
                     {{"gate", gate},
                      {"topk", topk},
                      {"router", router},
                      {"topk_partial_sort", partial_sort, "topk"}});
}
