// The experts' FFN, one dot product after the other.
#include "kernels/reference/expert_gemm.hpp"

#include <cmath>

namespace moemark::kernels::reference {
namespace {

template <class Value>
double dot(std::span<const float> weights, std::span<const Value> x) {
  double sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += double{weights[i]} * double{x[i]};
  return sum;
}

}  // namespace

std::vector<double> expert_ffn(const ExpertShape& shape, ExpertWeightsView weights,
                               std::span<const float> x,
                               std::span<const std::int32_t> expert_offsets) {
  const auto hidden = static_cast<std::size_t>(shape.hidden);
  const auto ffn = static_cast<std::size_t>(shape.ffn);
  std::vector<double> y(x.size(), 0.0);
  std::vector<double> activation(ffn);
  for (std::size_t expert = 0; expert + 1 < expert_offsets.size(); ++expert) {
    const std::size_t matrix = expert * ffn * hidden;
    const auto end = static_cast<std::size_t>(expert_offsets[expert + 1]);
    for (auto row = static_cast<std::size_t>(expert_offsets[expert]); row < end; ++row) {
      const auto input = x.subspan(row * hidden, hidden);
      for (std::size_t f = 0; f < ffn; ++f) {
        const double gate = dot(weights.gate.subspan(matrix + f * hidden, hidden), input);
        const double up = dot(weights.up.subspan(matrix + f * hidden, hidden), input);
        activation[f] = gate / (1.0 + std::exp(-gate)) * up;
      }
      for (std::size_t h = 0; h < hidden; ++h) {
        y[row * hidden + h] =
            dot(weights.down.subspan(matrix + h * ffn, ffn), std::span<const double>(activation));
      }
    }
  }
  return y;
}

}  // namespace moemark::kernels::reference
