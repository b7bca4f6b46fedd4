// Random expert weights and activations that every rank can make again.
#include "bench/common/inputs/random_weights.hpp"

#include <cmath>

#include "dispatcher/row_codec.hpp"

namespace moemark::bench {
namespace {

// [experts, rows, columns]; `matrix` 0 to 2 tells gate, up and down apart.
std::vector<float> random_matrices(int experts, int rows, int columns, int matrix,
                                   std::uint64_t seed) {
  const auto width = static_cast<std::size_t>(columns);
  const auto height = static_cast<std::size_t>(rows);
  std::vector<float> weights(static_cast<std::size_t>(experts) * height * width);
  const float scale = std::sqrt(3.0F / static_cast<float>(columns));
  for (std::size_t e = 0; e < static_cast<std::size_t>(experts); ++e) {
    for (std::size_t r = 0; r < height; ++r) {
      fill_random(std::span(weights).subspan((e * height + r) * width, width),
                  RandomStream::router_weights, seed,
                  static_cast<std::uint32_t>(3 * e + static_cast<std::size_t>(matrix)),
                  static_cast<std::uint32_t>(r), scale, DType::bf16);
    }
  }
  return weights;
}

}  // namespace

void fill_random(std::span<float> row, RandomStream stream, std::uint64_t seed, std::uint32_t rank,
                 std::uint32_t token, float scale, DType dtype) {
  RandomWords words(seed, stream, /*step=*/0, rank, token);
  std::uint32_t index = 0;
  for (float& value : row) {
    const auto centred = static_cast<std::int32_t>(words.word(index++) - 0x80000000U);
    value = static_cast<float>(centred) * 0x1p-31F * scale;
    if (dtype == DType::bf16) value = to_float(to_bfloat16(value));
  }
}

ExpertWeights::ExpertWeights(int experts, int hidden, int ffn, std::uint64_t seed)
    : matrix_(static_cast<std::size_t>(hidden) * static_cast<std::size_t>(ffn)),
      gate_(random_matrices(experts, ffn, hidden, 0, seed)),
      up_(random_matrices(experts, ffn, hidden, 1, seed)),
      down_(random_matrices(experts, hidden, ffn, 2, seed)) {}

ExpertWeights ExpertWeights::of(std::span<const std::int32_t> experts) const {
  ExpertWeights some(matrix_);
  const auto append = [&](const std::vector<float>& all, std::size_t expert,
                          std::vector<float>& to) {
    const auto part = std::span(all).subspan(expert * matrix_, matrix_);
    to.insert(to.end(), part.begin(), part.end());
  };
  for (const std::int32_t expert : experts) {
    append(gate_, static_cast<std::size_t>(expert), some.gate_);
    append(up_, static_cast<std::size_t>(expert), some.up_);
    append(down_, static_cast<std::size_t>(expert), some.down_);
  }
  return some;
}

device::Buffer random_rows(device::Stream& stream, std::size_t rows, std::size_t width, DType dtype,
                           std::uint64_t seed) {
  std::vector<std::byte> stored;
  std::vector<float> row(width);
  for (std::size_t r = 0; r < rows; ++r) {
    fill_random(row, RandomStream::activations, seed, 0, static_cast<std::uint32_t>(r), 1.0F,
                dtype);
    dispatcher::append_encoded(row, dtype, stored);
  }
  return device::upload(stream, std::span<const std::byte>(stored));
}

}  // namespace moemark::bench
