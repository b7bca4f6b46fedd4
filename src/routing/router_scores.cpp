// Scores by basic operations alone.
#include "routing/router_scores.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace moemark {
namespace {

float power_of_two(std::int32_t n) {
  return std::bit_cast<float>((n + 127) << 23);
}

// Part of the loops below, which run in vectors only without a call in them.
[[gnu::always_inline]] inline float exponential_of(float x) {
  x = x < -110.0F ? -110.0F : x;
  x = x > 100.0F ? 100.0F : x;
  constexpr float to_integer = 0x1.8p23F;  // adding it rounds to an integer, kept in the low bits
  const float shifted = x * 1.44269504088896341F + to_integer;
  const std::int32_t n =
      std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(to_integer);
  const float whole = shifted - to_integer;
  const float r = (x - whole * 0.693359375F) + whole * 2.12194440e-4F;
  // Written out: a loop here would keep the loops around it from running in vectors.
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + r + 1.0F;
  const std::int32_t half = n >> 1;  // in two factors: subnormal results, and infinite ones
  return p * power_of_two(half) * power_of_two(n - half);
}

[[gnu::always_inline]] inline float log_one_plus_of(float z) {
  const float s = z / (2.0F + z);
  const float t = s * s;
  float p = 1.0F / 15.0F;
  p = p * t + 1.0F / 13.0F;
  p = p * t + 1.0F / 11.0F;
  p = p * t + 1.0F / 9.0F;
  p = p * t + 1.0F / 7.0F;
  p = p * t + 1.0F / 5.0F;
  p = p * t + 1.0F / 3.0F;
  const float twice = s + s;
  return twice + twice * (t * p);
}

float sigmoid(float logit) {
  const float z = exponential_of(-std::abs(logit));
  return (logit >= 0.0F ? 1.0F : z) / (1.0F + z);
}

float sqrt_softplus(float logit) {
  const float z = exponential_of(-std::abs(logit));
  return std::sqrt(std::max(logit, 0.0F) + log_one_plus_of(z));
}

void softmax(std::span<const float> logits, std::span<float> scores) {
  const float largest = std::ranges::max(logits);
  std::array<float, 16> partial{};
  for (std::size_t e = 0; e < logits.size(); ++e) {
    scores[e] = exponential_of(logits[e] - largest);
  }
  for (std::size_t e = 0; e < logits.size(); ++e) partial[e % partial.size()] += scores[e];
  float sum = 0.0F;
  for (const float part : partial) sum += part;
  for (float& score : scores) score /= sum;
}

}  // namespace

float exponential(float x) {
  return exponential_of(x);
}

float log_one_plus(float z) {
  return log_one_plus_of(z);
}

void router_scores(Score score, std::span<const float> logits, std::span<float> scores) {
  switch (score) {
    case Score::softmax:
      softmax(logits, scores);
      return;
    case Score::sigmoid:
      std::ranges::transform(logits, scores.begin(), sigmoid);
      return;
    case Score::sqrt_softplus:
      std::ranges::transform(logits, scores.begin(), sqrt_softplus);
      return;
  }
}

}  // namespace moemark
