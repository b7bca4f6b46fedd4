// expert_gemm_perf: the experts' FFN (gate and up, SwiGLU, down) over the ragged groups of tokens
// that a routing makes.
#include "bench/common/inputs/random_weights.hpp"
#include "bench/common/inputs/routing.hpp"
#include "bench/common/kernels/kernel_launch.hpp"
#include "device/buffer.hpp"
#include "kernels/compare/ffn_library.hpp"
#include "kernels/expert_dot.hpp"
#include "kernels/expert_gemm.hpp"
#include "kernels/expert_team.hpp"
#include "model/errors.hpp"
#include "traffic/dispatch_plan.hpp"

namespace moemark::bench {
namespace {

constexpr Program program = {
    .name = "expert_gemm_perf",
    .summary = "what the experts' FFN costs on one core",
    .description =
        "  Times the grouped FFN of all experts on the tokens x top-k rows that --skew routes to\n"
        "  them, with bf16 weights and float32 arithmetic (--dtype fp32: fp32 weights too), and\n"
        "  through the processor's bf16 dot product where it has one.\n"
        "  GFLOP/s of valid rows; weights are cold unless --warm.\n",
    .examples =
        "  expert_gemm_perf --preset olmoe-1b-7b --scale 1/4 --tokens 64,512\n"
        "  expert_gemm_perf --hidden 2048 --ffn 1024 --experts 16 --topk 1 --tokens 16,1024\n"
        "                   --skew balanced",
    .routes = true,
    .kernels = true,
    .threads = true,
};

struct FfnBuffers {
  FfnBuffers(const Case& c, const Options& options, device::Stream& stream);

  [[nodiscard]] kernels::ConstRows tokens() const {
    return {what.dtype, static_cast<std::size_t>(what.hidden), x.bytes()};
  }
  [[nodiscard]] std::span<const std::int32_t> first_rows() const {
    return offsets.as<const std::int32_t>();
  }
  kernels::Rows results() { return {what.dtype, static_cast<std::size_t>(what.hidden), y.bytes()}; }

  Case what;
  std::size_t rows = 0;
  std::size_t used_experts = 0;
  std::vector<kernels::PackedExperts> experts;  // copies that go beyond the cache in rotation
  device::Buffer offsets, x, y, workspace;
};

FfnBuffers::FfnBuffers(const Case& c, const Options& options, device::Stream& stream) : what(c) {
  if (c.preset.ffn_matrices != 3) throw CaseSkipped("an FFN of 2 matrices is not built yet");
  const kernels::ExpertShape shape{c.experts, c.hidden, c.ffn, c.dtype};
  // Plain float32 weights and the packed copy exist together while packing.
  const std::size_t needed =
      shape.weight_bytes() / size_bytes(c.dtype) * 4 + kernels::PackedExperts::packed_bytes(shape);
  if (needed > device::free_memory_bytes() / 10 * 6) {
    throw CaseSkipped("expert weights do not fit in 60 % of the free memory");
  }
  const ExpertWeights weights(c.experts, c.hidden, c.ffn, options.seed);
  const std::size_t copies = cold_copies(static_cast<double>(shape.weight_bytes()), options);
  for (std::size_t i = 0; i < copies; ++i) experts.emplace_back(stream, shape, weights.view());

  const RoutingTable table = PlannedTables(c, options.seed, RoutingSource::ids).of(0);
  const DispatchPlan plan = make_dispatch_plan(table.topk_ids, c.experts);
  rows = plan.pos_to_assign.size();
  for (const std::int32_t count : plan.counts) used_experts += count > 0 ? 1U : 0U;
  offsets = device::upload(stream, std::span<const std::int32_t>(plan.offsets));
  x = random_rows(stream, rows, static_cast<std::size_t>(c.hidden), c.dtype, options.seed);
  y = device::Buffer(x.size_bytes());
  workspace = device::Buffer(kernels::expert_ffn_workspace_bytes(shape, rows) *
                             static_cast<std::size_t>(options.threads));
}

// `run(buffers, stream, copy)` is one FFN.
template <class Run>
KernelWork ffn_work(const Case& c, const Options& options, device::Stream& stream, const Run& run) {
  auto b = std::make_shared<FfnBuffers>(c, options, stream);
  const kernels::ExpertShape shape = b->experts[0].shape();
  const double weight_bytes = static_cast<double>(shape.weight_bytes()) *
                              static_cast<double>(b->used_experts) / shape.experts;
  return {shape.flop(static_cast<double>(b->rows)),
          weight_bytes + 2.0 * static_cast<double>(b->x.size_bytes()), false,
          rotating(b->experts.size(),
                   [b, run](device::Stream& s, std::size_t copy) { run(*b, s, copy); })};
}

KernelWork ffn(const Case& c, const Options& options, device::Stream& stream) {
  if (options.threads == 1) {
    return ffn_work(c, options, stream, [](FfnBuffers& b, device::Stream& s, std::size_t copy) {
      kernels::expert_ffn(s, b.experts[copy], b.tokens(), b.first_rows(), b.workspace.bytes(),
                          b.results());
    });
  }
  auto team = std::make_shared<kernels::ThreadTeam>(options.threads);
  KernelWork work =
      ffn_work(c, options, stream, [team](FfnBuffers& b, device::Stream&, std::size_t copy) {
        kernels::expert_ffn_team(*team, b.experts[copy], b.tokens(), b.first_rows(),
                                 b.workspace.bytes(), b.results());
      });
  work.threads = options.threads;
  return work;
}

KernelWork ffn_dot(const Case& c, const Options& options, device::Stream& stream) {
  if (c.dtype != DType::bf16) throw CaseSkipped("the bf16 dot product reads bf16 weights");
  if (const std::string reason = kernels::why_no_dot(); !reason.empty()) throw CaseSkipped(reason);
  KernelWork work =
      ffn_work(c, options, stream, [](FfnBuffers& b, device::Stream& s, std::size_t copy) {
        kernels::expert_ffn_dot(s, b.experts[copy], b.tokens(), b.first_rows(), b.workspace.bytes(),
                                b.results());
      });
  work.by_dot = true;
  return work;
}

// The same FFN, rows and weights by a library.
template <const kernels::FfnLibraryEntry& library>
KernelWork ffn_by(const Case& c, const Options& options, device::Stream& /*stream*/) {
  if (c.preset.ffn_matrices != 3) throw CaseSkipped("an FFN of 2 matrices is not built yet");
  const kernels::ExpertShape shape{c.experts, c.hidden, c.ffn, c.dtype};
  const double weight_bytes = static_cast<double>(shape.weight_bytes()) /
                              static_cast<double>(size_bytes(c.dtype)) *
                              static_cast<double>(library.weight_bytes);
  const std::size_t copies = cold_copies(weight_bytes, options);
  if (weight_bytes * (1.0 + static_cast<double>(copies)) >
      0.6 * static_cast<double>(device::free_memory_bytes())) {
    throw CaseSkipped("expert weights do not fit in 60 % of the free memory");
  }
  const ExpertWeights weights(c.experts, c.hidden, c.ffn, options.seed);
  const RoutingTable table = PlannedTables(c, options.seed, RoutingSource::ids).of(0);
  const DispatchPlan plan = make_dispatch_plan(table.topk_ids, c.experts);
  const std::size_t rows = plan.pos_to_assign.size();
  std::vector<float> x(rows * static_cast<std::size_t>(c.hidden));
  fill_random(x, RandomStream::activations, options.seed, /*rank=*/0, /*token=*/0, 1.0F, c.dtype);
  std::shared_ptr<kernels::FfnLibrary> ffn =
      library.make({shape, weights.view(), x, plan.offsets, copies});
  double used = 0.0;
  for (const std::int32_t count : plan.counts) used += count > 0 ? 1.0 : 0.0;
  const double row_bytes = 2.0 * static_cast<double>(x.size() * size_bytes(c.dtype));
  return {shape.flop(static_cast<double>(rows)), weight_bytes * used / c.experts + row_bytes, false,
          [ffn](device::Stream&) { ffn->run(); }};
}

}  // namespace
}  // namespace moemark::bench

int main(int argc, char** argv) {
  using namespace moemark::bench;
  using moemark::kernels::onednn_ffn;
  using moemark::kernels::openblas_ffn;
  return run_kernels(argc, argv, program,
                     {{"ffn", ffn},
                      {"ffn_dot", ffn_dot},
                      {openblas_ffn.name, ffn_by<openblas_ffn>, "ffn"},
                      {onednn_ffn.name, ffn_by<onednn_ffn>, "ffn"}});
}
