#include "routing/gumbel_logits.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "routing/philox.hpp"

namespace moemark {
namespace {

constexpr std::size_t quantile_count = 1U << 16U;
constexpr float grid = 64.0F;
constexpr float furthest = 16.0F;

// Adding 1.5 * 2^23 to a small float rounds it to an integer, in any instruction set.
float on_grid(float value) {
  constexpr float to_integer = 0x1.8p23F;
  const float scaled = std::clamp(value, -furthest, furthest) * grid;
  return (scaled + to_integer - to_integer) / grid;
}

}  // namespace

GumbelLogits::GumbelLogits(std::uint64_t seed) : seed_(seed), quantiles_(quantile_count) {
  for (std::size_t i = 0; i < quantile_count; ++i) {
    const double probability = (static_cast<double>(i) + 0.5) / quantile_count;
    quantiles_[i] = static_cast<float>(-std::log(-std::log(probability)));
  }
}

void GumbelLogits::fill(std::span<const float> base, TokenId id, std::span<float> out) {
  words_.resize((base.size() + 1) / 2);
  RandomWords(seed_, RandomStream::activations, id.step, id.rank, id.token).fill(words_);
  for (std::size_t e = 0; e < base.size(); ++e) {
    const std::uint32_t word = words_[e / 2];
    out[e] = quantiles_[e % 2 == 0 ? word & 0xFFFFU : word >> 16U];
  }
  // Apart from the look-up, so that it runs in vectors.
  for (std::size_t e = 0; e < base.size(); ++e) out[e] = on_grid(base[e] + out[e]);
}

}  // namespace moemark
