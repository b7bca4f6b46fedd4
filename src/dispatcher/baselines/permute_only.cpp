// The `permute_only` baseline.
#include "dispatcher/baselines/permute_only.hpp"

#include <memory>

#include "dispatcher/parts/layout.hpp"
#include "kernels/permutation.hpp"

namespace moemark::dispatcher {

Baseline make_permute_only(const Sizes& sizes, const TokenBatch& batch) {
  Baseline baseline = Baseline::with_buffers(
      {sizes.send_rows * sizes.token_bytes(), sizes.tokens * sizes.combine_row_bytes()});
  const auto plan = std::make_shared<SendPlan>(sizes);
  const kernels::Rows sorted{sizes.token_dtype(), sizes.hidden, baseline.buffers[0].bytes()};
  const kernels::Rows sums{sizes.combine_dtype, sizes.hidden, baseline.buffers[1].bytes()};
  baseline.steps = {
      {"layout", StepKind::layout,
       [plan, ids = batch.topk_ids](device::Stream& stream) { plan->build(stream, ids); }},
      {"permute", StepKind::rows,
       [plan, sorted, rows = batch.rows, copies = sizes.topk](device::Stream& stream) {
         kernels::permute_rows(stream, rows, sorted.row_bytes(), plan->assign_to_pos(), copies,
                               sorted.data);
       }},
      {"unpermute", StepKind::rows,
       [plan, sorted, sums, weights = batch.topk_weights,
        copies = sizes.topk](device::Stream& stream) {
         kernels::unpermute_rows(stream, sorted, plan->assign_to_pos(), weights, copies, sums);
       }},
  };
  return baseline;
}

}  // namespace moemark::dispatcher
