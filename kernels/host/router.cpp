// The router on the host: checks shapes and calls the active instruction set.
#include "kernels/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "kernels/host/isa.hpp"
#include "kernels/host/require.hpp"
#include "model/errors.hpp"

namespace moemark::kernels {

void gate_logits(device::Stream& /*stream*/, ConstRows x, std::span<const float> gate_weight,
                 std::span<const float> gate_bias, std::span<float> logits) {
  if (logits.empty()) return;
  require(x.width > 0 && gate_weight.size() % x.width == 0, "gate_logits: gate_weight is [E, H]");
  const std::size_t experts = gate_weight.size() / x.width;
  require(logits.size() == x.count() * experts, "gate_logits: logits is [T, E]");
  require(gate_bias.empty() || gate_bias.size() == experts, "gate_logits: gate_bias is [E]");
  active_kernels().gate_logits({.x_type = x.dtype,
                                .x = x.data.data(),
                                .tokens = x.count(),
                                .hidden = x.width,
                                .weight = gate_weight.data(),
                                .bias = gate_bias.empty() ? nullptr : gate_bias.data(),
                                .experts = experts,
                                .logits = logits.data()});
}

void router_topk(device::Stream& /*stream*/, std::span<const float> logits, int experts,
                 const TopkRule& rule, std::span<const float> select_bias,
                 std::span<std::int32_t> ids, std::span<float> weights) {
  const RouterSpec& router = rule.router;
  const std::string reason = router.why_impossible(experts, rule.topk);
  if (!reason.empty()) throw UsageError(fmt::format("router: {}", reason));
  const std::size_t tokens = logits.size() / static_cast<std::size_t>(experts);
  require(logits.size() == tokens * static_cast<std::size_t>(experts),
          "router_topk: logits is [T, E]");
  require(
      ids.size() == tokens * static_cast<std::size_t>(rule.topk) && weights.size() == ids.size(),
      "router_topk: ids and weights are [T, k]");
  require(select_bias.empty() ||
              (router.select_bias && select_bias.size() == static_cast<std::size_t>(experts)),
          "router_topk: select_bias is [E], of routers that select with one");
  require(std::ranges::all_of(select_bias, [](float bias) { return std::isfinite(bias); }),
          "router_topk: select_bias is finite");

  std::unique_ptr<float[]> scratch;
  if (!router.selects_by_logit()) {
    scratch = std::make_unique_for_overwrite<float[]>(topk_scratch(experts, router.n_group));
  }
  const std::ptrdiff_t bad = active_kernels().router_topk(
      {.logits = logits.data(),
       .tokens = tokens,
       .experts = experts,
       .topk = rule.topk,
       .score = router.score,
       .by_logit = router.selects_by_logit(),
       .select_bias = select_bias.empty() ? nullptr : select_bias.data(),
       .groups = router.n_group,
       .topk_groups = router.topk_group,
       .group_score = router.group_score,
       .normalise = router.norm_topk_prob,
       .scale = router.scale,
       .scratch = scratch.get(),
       .ids = ids.data(),
       .weights = weights.data()});
  if (bad < 0) return;
  throw WrongResult(fmt::format("router logit of token {}, expert {} is {}", bad / experts,
                                bad % experts, logits[static_cast<std::size_t>(bad)]));
}

}  // namespace moemark::kernels
