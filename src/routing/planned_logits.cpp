// Activations whose gate logits are planned, by the fast Walsh-Hadamard transform.
#include "routing/planned_logits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

#include "model/errors.hpp"
#include "routing/philox.hpp"

namespace moemark {
namespace {

// In place; the size is a power of two.
void walsh_hadamard(std::span<float> values) {
  for (std::size_t half = 1; half < values.size(); half *= 2) {
    for (std::size_t block = 0; block < values.size(); block += 2 * half) {
      for (std::size_t i = block; i < block + half; ++i) {
        const float a = values[i];
        const float b = values[i + half];
        values[i] = a + b;
        values[i + half] = a - b;
      }
    }
  }
}

constexpr float level_choice = 6.0F;
constexpr double level_noise = 1.0 / 64.0;

}  // namespace

PlannedLogits::PlannedLogits(int hidden, int experts, Others others)
    : hidden_(hidden),
      experts_(experts),
      order_(static_cast<int>(std::bit_floor(static_cast<unsigned>(hidden)))),
      others_(others) {
  if (experts > order_) {
    throw CaseSkipped(fmt::format(
        "{} experts need activations of at least as many columns (hidden {} offers {}): use "
        "--routing ids",
        experts, hidden, order_));
  }
}

std::vector<float> PlannedLogits::gate_weight() const {
  const auto width = static_cast<std::size_t>(hidden_);
  std::vector<float> weight(static_cast<std::size_t>(experts_) * width, 0.0F);
  for (unsigned row = 0; row < static_cast<unsigned>(experts_); ++row) {
    for (unsigned column = 0; column < static_cast<unsigned>(order_); ++column) {
      // Sylvester's construction: the sign is the parity of the common bits of both indices.
      weight[row * width + column] = std::popcount(row & column) % 2 == 0 ? 1.0F : -1.0F;
    }
  }
  return weight;
}

void PlannedLogits::logits(const RoutingTable& plan, std::uint64_t seed, std::uint32_t step,
                           std::uint32_t rank, int token, std::span<float> out) const {
  RandomWords words(seed, RandomStream::activations, step, rank, static_cast<std::uint32_t>(token));
  const bool level = others_ == Others::level;
  const float middle = others_ == Others::far ? -4.0F : 0.0F;
  for (std::uint32_t expert = 0; expert < static_cast<std::uint32_t>(experts_); ++expert) {
    const int steps = static_cast<int>(words.bounded(expert, 256)) - 128;
    out[expert] = middle + static_cast<float>(steps) / (level ? 8192.0F : 64.0F);
  }
  int behind = plan.topk;
  for (const std::int32_t expert : plan.ids(token)) {
    const float choice = level ? level_choice : 4.0F + static_cast<float>(behind) / 4.0F;
    if (expert >= 0) out[static_cast<std::size_t>(expert)] = choice;
    --behind;
  }
}

bool PlannedLogits::choices_lead(int most, int experts) {
  const double others = experts - most;
  const double least_choice = 1.0 / (most + others * std::exp(level_noise - level_choice));
  const double largest_other = std::exp(2.0 * level_noise) / experts;
  return least_choice > largest_other;
}

void PlannedLogits::activation(std::span<const float> logits, std::span<float> row) const {
  // H_P is the Kronecker product of H_{P/B} and H_B, and only the first `experts` <= B planned
  // logits are not zero: the transform of order P is the one of order B, repeated P/B times.
  const auto order = static_cast<std::size_t>(order_);
  const std::size_t block = std::bit_ceil(static_cast<std::size_t>(experts_));
  const auto head = row.first(block);
  std::ranges::fill(row, 0.0F);
  std::ranges::copy(logits, head.begin());
  walsh_hadamard(head);
  for (float& value : head) value /= static_cast<float>(order_);
  for (std::size_t first = block; first < order; first += block) {
    std::ranges::copy(head, row.begin() + static_cast<std::ptrdiff_t>(first));
  }
}

}  // namespace moemark
