#include "bench/common/inputs/router_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "device/buffer.hpp"
#include "dispatcher/row_codec.hpp"
#include "kernels/router.hpp"
#include "model/errors.hpp"

namespace moemark::bench {
namespace {

constexpr int router_chunk_tokens = 4096;  // bounds the activations held at once

PlannedLogits planner_of(const Case& c) {
  using Others = PlannedLogits::Others;
  Others others = c.preset.router.selects_by_logit() ? Others::near : Others::far;
  if (c.skew.kind == SkewKind::expert_choice) others = Others::level;
  return {c.router_hidden, c.experts, others};
}

}  // namespace

RouterInput::RouterInput(const Case& c, const PlannedTables& tables, const RoutingTable& planned,
                         std::uint64_t seed, int rank)
    : planned_(planned),
      seed_(seed),
      rank_(rank),
      dtype_(token_dtype(c.dtype)),
      hidden_(static_cast<std::size_t>(c.router_hidden)),
      experts_(static_cast<std::size_t>(c.experts)),
      planner_(planner_of(c)) {
  if (c.skew.kind == SkewKind::expert_choice) {
    dtype_ = DType::fp32;
    return;
  }
  if (c.preset.router.select_bias) select_bias_.assign(experts_, 0.0F);
  const CalibratedTables* calibrated = tables.calibrated();
  if (calibrated == nullptr) return;
  dtype_ = DType::fp32;
  calibrated_ = calibrated->logits(static_cast<std::uint32_t>(rank));
  select_bias_.assign(calibrated->select_bias().begin(), calibrated->select_bias().end());
}

std::vector<std::byte> RouterInput::rows(int first, int count) {
  std::vector<std::byte> rows;
  std::vector<float> logits(experts_);
  std::vector<float> row(hidden_);
  for (int token = first; token < first + count; ++token) {
    if (calibrated_) {
      calibrated_->of(token, logits);
    } else {
      planner_.logits(planned_, seed_, /*step=*/0, static_cast<std::uint32_t>(rank_), token,
                      logits);
    }
    planner_.activation(logits, row);
    dispatcher::append_encoded(row, dtype_, rows);
  }
  return rows;
}

bool goes_through_kernel(const Case& c, RoutingSource routing) {
  if (routing != RoutingSource::trace) return routing == RoutingSource::kernel;
  const auto most_experts = std::bit_floor(static_cast<unsigned>(c.router_hidden));
  if (static_cast<unsigned>(c.experts) > most_experts) return false;
  if (!c.preset.router.why_impossible(c.experts, c.topk).empty()) return false;
  return std::ranges::all_of(c.recorded->tables, [&](const RoutingTable& table) {
    return fits_groups(c.preset.router, c.experts, table);
  });
}

void mask_as_planned(RoutingTable& routed, const RoutingTable& planned) {
  for (std::size_t i = 0; i < routed.size(); ++i) {
    if (planned.topk_ids[i] < 0) routed.topk_ids[i] = -1;
  }
}

RoutingTable route_with_kernel(const Case& c, const PlannedTables& tables,
                               const RoutingTable& planned, std::uint64_t seed, int rank,
                               device::Stream& stream) {
  RouterInput input(c, tables, planned, seed, rank);
  const std::vector<float> weight = input.gate_weight();
  const device::Buffer gate = device::upload(stream, std::span<const float>(weight));
  const device::Buffer bias = device::upload(stream, input.select_bias());
  const auto chunk = static_cast<std::size_t>(std::min(planned.tokens, router_chunk_tokens));
  const auto experts = static_cast<std::size_t>(c.experts);
  const auto topk = static_cast<std::size_t>(c.topk);
  device::Buffer logits(chunk * experts * sizeof(float));
  device::Buffer ids(chunk * topk * sizeof(std::int32_t));
  device::Buffer weights(chunk * topk * sizeof(float));
  const kernels::TopkRule rule{c.preset.router, c.topk};

  RoutingTable routed(planned.tokens, planned.topk);
  for (int first = 0; first < planned.tokens; first += router_chunk_tokens) {
    const int count = std::min(router_chunk_tokens, planned.tokens - first);
    const auto rows = static_cast<std::size_t>(count);
    const std::vector<std::byte> host = input.rows(first, count);
    const device::Buffer x = device::upload(stream, std::span<const std::byte>(host));
    const auto row_logits = logits.as<float>().first(rows * experts);
    kernels::gate_logits(stream,
                         {input.dtype(), static_cast<std::size_t>(c.router_hidden), x.bytes()},
                         gate.as<const float>(), /*gate_bias=*/{}, row_logits);
    kernels::router_topk(stream, row_logits, c.experts, rule, bias.as<const float>(),
                         ids.as<std::int32_t>().first(rows * topk),
                         weights.as<float>().first(rows * topk));
    const std::size_t begin = static_cast<std::size_t>(first) * topk;
    device::copy_to_host(
        stream, ids.bytes().first(rows * topk * 4),
        std::as_writable_bytes(std::span(routed.topk_ids).subspan(begin, rows * topk)));
    device::copy_to_host(
        stream, weights.bytes().first(rows * topk * 4),
        std::as_writable_bytes(std::span(routed.topk_weights).subspan(begin, rows * topk)));
    stream.synchronize();
  }
  mask_as_planned(routed, planned);
  compare_with_plan(routed, planned, rank);
  return routed;
}

void compare_with_plan(const RoutingTable& routed, const RoutingTable& planned, int rank) {
  const auto [got, expected] = std::ranges::mismatch(routed.topk_ids, planned.topk_ids);
  if (got == routed.topk_ids.end()) return;
  const auto assignment = static_cast<int>(got - routed.topk_ids.begin());
  throw WrongResult(fmt::format("router on rank {}: token {} choice {} is expert {}, planned {}",
                                rank, assignment / planned.topk, assignment % planned.topk, *got,
                                *expected));
}

}  // namespace moemark::bench
