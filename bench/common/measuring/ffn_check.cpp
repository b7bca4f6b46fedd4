// The oracle's second mode.
#include "bench/common/measuring/ffn_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/common/inputs/random_weights.hpp"
#include "dispatcher/row_codec.hpp"
#include "kernels/quantize.hpp"
#include "kernels/reference/expert_gemm.hpp"
#include "model/errors.hpp"
#include "routing/philox.hpp"
#include "traffic/dispatch_plan.hpp"

namespace moemark::bench {
namespace {

constexpr double most_weights = 1U << 26U;   // 256 MiB of float32 for the reference
constexpr double most_reference_flop = 1e9;  // about a second of plain float64 loops
// One rounding to bfloat16 is a relative error of variance (2^-7)^2 / 12 * E[1/m^2] = 2.5e-6 for
// mantissas m uniform in [1, 2), and calc_diff is half of the variance: 1.3e-6 a rounding. Twice
// that is allowed, since partial sums may be larger than their total, and more where so few
// elements are compared that their mean scatters: 1 + 8 / sqrt(elements).
constexpr double tolerance_per_rounding = 2.5e-6;
constexpr double tolerance_fp32 = 1e-9;

// 1 - 2<x,y> / (|x|^2 + |y|^2): 0 for equal vectors (DeepGEMM's measure).
double calc_diff(std::span<const float> x, std::span<const double> y) {
  double product = 0.0;
  double squares = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double value = x[i];
    product += value * y[i];
    squares += value * value + y[i] * y[i];
  }
  return squares == 0.0 ? 0.0 : 1.0 - 2.0 * product / squares;
}

// Rows that the experts can read: fp8 ones as bf16, which holds them exactly, in `buffer`.
kernels::ConstRows widened(device::Stream& stream, kernels::ConstRows rows,
                           device::Buffer& buffer) {
  if (rows.dtype != DType::fp8) return rows;
  buffer = device::Buffer(rows.count() * row_bytes(DType::bf16, rows.width));
  const kernels::Rows wide{DType::bf16, rows.width, buffer.bytes()};
  kernels::dequantize_rows(stream, rows.data, wide);
  return wide;
}

}  // namespace

FfnCheck::FfnCheck(const RoutedCase& routed, Launch& launch) : routed_(routed), launch_(launch) {
  const Case& c = routed.what;
  const double weights = 3.0 * c.experts * c.hidden * c.ffn;
  if (c.preset.ffn_matrices != 3) {
    reason_to_skip_ = fmt::format("no float check: an FFN of {} matrices is not built yet",
                                  c.preset.ffn_matrices);
    return;
  }
  if (weights > most_weights) {
    reason_to_skip_ = fmt::format(
        "no float check: {:.0f} expert weights are beyond the float64 reference's 2^26", weights);
    return;
  }
  const auto hidden = static_cast<std::size_t>(c.hidden);
  const ExpertWeights all_weights(c.experts, c.hidden, c.ffn, launch.options.seed);
  const dispatcher::Sizes& sizes = routed.sizes;
  const double flop_a_token = 6.0 * c.topk * c.hidden * c.ffn;
  checked_tokens_ = std::min(
      sizes.tokens, static_cast<std::size_t>(std::ceil(most_reference_flop / flop_a_token)));

  std::vector<float> values(sizes.tokens * hidden);
  for (std::size_t t = 0; t < sizes.tokens; ++t) {
    const auto row = std::span(values).subspan(t * hidden, hidden);
    fill_random(row, RandomStream::activations, launch.options.seed,
                static_cast<std::uint32_t>(launch.world.rank()), static_cast<std::uint32_t>(t),
                1.0F, token_dtype(c.dtype));
    dispatcher::append_encoded(row, token_dtype(c.dtype), activations_);
    // The experts see what travelled.
    std::vector<std::byte> travelled;
    dispatcher::append_encoded(row, c.dtype, travelled);
    dispatcher::decode(travelled, c.dtype, row);
  }
  expect(values, all_weights.view());

  const auto first = static_cast<std::size_t>(sizes.placement.first(sizes.rank));
  const std::size_t count = sizes.local_experts();
  experts_ = std::make_unique<kernels::PackedExperts>(
      launch.stream, kernels::ExpertShape{static_cast<int>(count), c.hidden, c.ffn, DType::bf16},
      all_weights.of(c.slots.expert_of_each().subspan(first, count)).view());
}

// The layer for this rank's first tokens: every assignment through its expert, weighted and summed.
void FfnCheck::expect(std::span<const float> activations, kernels::ExpertWeightsView weights) {
  const Case& c = routed_.what;
  const auto hidden = static_cast<std::size_t>(c.hidden);
  const auto topk = static_cast<std::size_t>(routed_.table.topk);
  const auto physical = std::span(routed_.table.topk_ids).first(checked_tokens_ * topk);
  std::vector<std::int32_t> ids(physical.begin(), physical.end());
  for (std::int32_t& id : ids) {
    if (id >= 0) id = c.slots.expert_of(id);
  }
  const DispatchPlan plan = make_dispatch_plan(ids, c.experts);
  std::vector<float> x;
  for (const std::int32_t assignment : plan.pos_to_assign) {
    const auto row =
        activations.subspan(static_cast<std::size_t>(assignment) / topk * hidden, hidden);
    x.insert(x.end(), row.begin(), row.end());
  }
  const std::vector<double> y = kernels::reference::expert_ffn(
      {c.experts, c.hidden, c.ffn, DType::bf16}, weights, x, plan.offsets);
  expected_.assign(checked_tokens_ * hidden, 0.0);
  for (std::size_t a = 0; a < ids.size(); ++a) {
    if (plan.assign_to_pos[a] < 0) continue;
    const double weight = routed_.table.topk_weights[a];
    const auto from = static_cast<std::size_t>(plan.assign_to_pos[a]) * hidden;
    for (std::size_t i = 0; i < hidden; ++i) {
      expected_[a / topk * hidden + i] += weight * y[from + i];
    }
  }
}

void FfnCheck::run(NamedDispatcher& named, DispatchCase& ready) const {
  if (!reason_to_skip_.empty()) return;
  const dispatcher::Sizes& sizes = routed_.sizes;
  device::Stream& stream = launch_.stream;
  ready.load_tokens(activations_, routed_.table.topk_weights);
  run_steps(named.dispatcher->dispatch(), stream);
  const dispatcher::ExpertBatch batch = named.dispatcher->expert_batch();
  device::Buffer dequantized;  // of fp8 rows
  device::Buffer workspace(
      kernels::expert_ffn_workspace_bytes(experts_->shape(), sizes.receive_rows));
  kernels::expert_ffn(stream, *experts_, widened(stream, batch.rows, dequantized),
                      batch.expert_offsets, workspace.bytes(), batch.outputs);
  run_steps(named.dispatcher->combine(), stream);

  const std::size_t row_bytes = sizes.combine_row_bytes();
  const auto stored = device::download(
      stream,
      std::span<const std::byte>(ready.batch().combined).first(checked_tokens_ * row_bytes));
  std::vector<float> got(checked_tokens_ * sizes.hidden);
  dispatcher::decode(stored, sizes.combine_dtype, got);
  const double difference = calc_diff(got, expected_);
  const double scatter =
      1.0 + 8.0 / std::sqrt(std::max<double>(1.0, static_cast<double>(got.size())));
  const double tolerance =
      sizes.combine_dtype == DType::bf16
          ? tolerance_per_rounding * named.dispatcher->combine_roundings() * scatter
          : tolerance_fp32;
  std::optional<std::string> failure;
  if (!(difference <= tolerance)) {
    failure = fmt::format("{}: expert FFN on rank {}: calc_diff {:.2g} is beyond {:.2g}",
                          named.strategy.name(), launch_.world.rank(), difference, tolerance);
  }
  ready.load_lattice();
  launch_.agree(failure);
}

}  // namespace moemark::bench
