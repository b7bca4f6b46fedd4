// Any strategy with fp8 rows.
#include "dispatcher/quantizing.hpp"

#include "kernels/quantize.hpp"

namespace moemark::dispatcher {

void Quantizing::prepare(const Sizes& sizes, const TokenBatch& batch) {
  quantized_ = device::Buffer(buffer_bytes(sizes));
  tokens_ = {sizes.token_dtype(), sizes.hidden, batch.rows};
  batch_ = batch;
  batch_.rows = quantized_.bytes();
  inner_->prepare(sizes, batch_);
  const Step quantize{"quantize", StepKind::rows, [this](device::Stream& stream) {
                        kernels::quantize_rows(stream, tokens_, quantized_.bytes());
                      }};
  const auto behind = [&](std::span<const Step> steps) {
    std::vector<Step> all{quantize};
    all.insert(all.end(), steps.begin(), steps.end());
    return all;
  };
  const auto combine = inner_->combine();
  set_steps(behind(inner_->dispatch()), behind(inner_->dispatch_cached()),
            {combine.begin(), combine.end()});
}

}  // namespace moemark::dispatcher
