// Random expert weights and activations that every rank can make again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "device/buffer.hpp"
#include "kernels/expert_gemm.hpp"
#include "model/dtype.hpp"
#include "routing/philox.hpp"

namespace moemark::bench {

// Weights of all experts, rounded to bfloat16 so that both weight types hold them exactly, scaled
// so that outputs stay of the order of 1.
class ExpertWeights {
 public:
  ExpertWeights(int experts, int hidden, int ffn, std::uint64_t seed);

  [[nodiscard]] kernels::ExpertWeightsView view() const { return {gate_, up_, down_}; }
  // Of these experts, in this order; one may come several times.
  [[nodiscard]] ExpertWeights of(std::span<const std::int32_t> experts) const;

 private:
  explicit ExpertWeights(std::size_t matrix) : matrix_(matrix) {}

  std::size_t matrix_;  // elements of one expert's matrix
  std::vector<float> gate_, up_, down_;
};

// Uniform in (-scale, scale) from a Philox stream, rounded to what `dtype` holds.
void fill_random(std::span<float> row, RandomStream stream, std::uint64_t seed, std::uint32_t rank,
                 std::uint32_t token, float scale, DType dtype);

// [rows, width] activations in device memory.
device::Buffer random_rows(device::Stream& stream, std::size_t rows, std::size_t width, DType dtype,
                           std::uint64_t seed);

}  // namespace moemark::bench
