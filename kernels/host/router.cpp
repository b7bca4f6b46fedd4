// The router on the host: checks shapes and calls the active instruction set.
#include "kernels/router.hpp"

#include <fmt/format.h>

#include "kernels/host/isa.hpp"
#include "kernels/host/require.hpp"
#include "model/errors.hpp"

namespace moemark::kernels {

void gate_logits(device::Stream& /*stream*/, ConstRows x, std::span<const float> gate_weight,
                 std::span<float> logits) {
  if (logits.empty()) return;
  require(x.width > 0 && gate_weight.size() % x.width == 0, "gate_logits: gate_weight is [E, H]");
  const std::size_t experts = gate_weight.size() / x.width;
  require(logits.size() == x.count() * experts, "gate_logits: logits is [T, E]");
  active_kernels().gate_logits({.x_type = x.dtype,
                                .x = x.data.data(),
                                .tokens = x.count(),
                                .hidden = x.width,
                                .weight = gate_weight.data(),
                                .experts = experts,
                                .logits = logits.data()});
}

void softmax_topk(device::Stream& /*stream*/, std::span<const float> logits, int experts,
                  TopkRule rule, std::span<std::int32_t> ids, std::span<float> weights) {
  require(rule.topk >= 1 && rule.topk <= experts, "softmax_topk: 1 <= topk <= experts");
  const std::size_t tokens = logits.size() / static_cast<std::size_t>(experts);
  require(logits.size() == tokens * static_cast<std::size_t>(experts),
          "softmax_topk: logits is [T, E]");
  require(
      ids.size() == tokens * static_cast<std::size_t>(rule.topk) && weights.size() == ids.size(),
      "softmax_topk: ids and weights are [T, k]");
  const std::ptrdiff_t bad = active_kernels().softmax_topk({.logits = logits.data(),
                                                            .tokens = tokens,
                                                            .experts = experts,
                                                            .topk = rule.topk,
                                                            .normalise = rule.norm_topk_prob,
                                                            .scale = rule.scale,
                                                            .ids = ids.data(),
                                                            .weights = weights.data()});
  if (bad < 0) return;
  throw WrongResult(fmt::format("router logit of token {}, expert {} is {}", bad / experts,
                                bad % experts, logits[static_cast<std::size_t>(bad)]));
}

}  // namespace moemark::kernels
