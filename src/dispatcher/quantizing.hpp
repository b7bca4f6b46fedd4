// Any strategy with fp8 rows: each token is quantised once, before its copies are made.
#pragma once

#include "device/buffer.hpp"
#include "dispatcher/dispatcher.hpp"

namespace moemark::dispatcher {

class Quantizing final : public Dispatcher {
 public:
  explicit Quantizing(std::unique_ptr<Dispatcher> inner) : inner_(std::move(inner)) {}
  // Beside the inner strategy's buffers.
  static std::size_t buffer_bytes(const Sizes& sizes) { return sizes.tokens * sizes.row_bytes(); }

  // `batch` has rows of Sizes::token_dtype(). Steps: `quantize`, then the inner ones; what comes
  // back is not quantised.
  void prepare(const Sizes& sizes, const TokenBatch& batch) override;
  ExpertBatch expert_batch() override { return inner_->expert_batch(); }
  std::vector<int> source_order() const override { return inner_->source_order(); }
  int combine_roundings() const override { return inner_->combine_roundings(); }
  std::vector<std::span<std::byte>> receive_buffers() override { return inner_->receive_buffers(); }
  std::size_t allocated_bytes() const override {
    return inner_->allocated_bytes() + quantized_.size_bytes();
  }

 private:
  std::unique_ptr<Dispatcher> inner_;
  TokenBatch batch_;
  kernels::ConstRows tokens_;
  device::Buffer quantized_;
};

}  // namespace moemark::dispatcher
