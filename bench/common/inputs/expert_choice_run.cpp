// Experts choose among all tokens of the rank, so unlike the top-k router this one runs at once.
#include "bench/common/inputs/expert_choice_run.hpp"

#include <cstddef>
#include <span>
#include <vector>

#include "bench/common/inputs/router_run.hpp"
#include "device/buffer.hpp"
#include "kernels/expert_choice.hpp"
#include "kernels/router.hpp"

namespace moemark::bench {

RoutingTable let_experts_choose(const Case& c, const PlannedTables& tables,
                                const RoutingTable& planned, std::uint64_t seed, int rank,
                                device::Stream& stream) {
  RouterInput input(c, tables, planned, seed, rank);
  const std::vector<float> weight = input.gate_weight();
  const std::vector<std::byte> rows = input.rows(0, planned.tokens);
  const device::Buffer gate = device::upload(stream, std::span<const float>(weight));
  const device::Buffer x = device::upload(stream, std::span<const std::byte>(rows));
  const auto tokens = static_cast<std::size_t>(planned.tokens);
  device::Buffer logits(tokens * static_cast<std::size_t>(c.experts) * sizeof(float));
  device::Buffer ids(planned.size() * sizeof(std::int32_t));
  device::Buffer weights(planned.size() * sizeof(float));

  kernels::gate_logits(stream,
                       {input.dtype(), static_cast<std::size_t>(c.router_hidden), x.bytes()},
                       gate.as<const float>(), /*gate_bias=*/{}, logits.as<float>());
  const kernels::ExpertChoiceRule rule{c.preset.router, planned.tokens * c.topk / c.experts,
                                       planned.topk};
  kernels::choose_tokens(stream, logits.as<const float>(), c.experts, rule, ids.as<std::int32_t>(),
                         weights.as<float>());

  RoutingTable routed(planned.tokens, planned.topk);
  device::copy_to_host(stream, ids.bytes(), std::as_writable_bytes(std::span(routed.topk_ids)));
  device::copy_to_host(stream, weights.bytes(),
                       std::as_writable_bytes(std::span(routed.topk_weights)));
  stream.synchronize();
  compare_with_plan(routed, planned, rank);
  return routed;
}

}  // namespace moemark::bench
