// Columns of scores, a partial sort each. Plain loops: nothing timed runs it.
#include "kernels/expert_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "kernels/host/require.hpp"
#include "model/errors.hpp"

namespace moemark::kernels {
namespace {

using Logits = std::span<const float>;

void require_finite(Logits logits, std::size_t experts) {
  const auto bad = std::ranges::find_if(logits, [](float logit) { return !std::isfinite(logit); });
  if (bad == logits.end()) return;
  const auto place = static_cast<std::size_t>(bad - logits.begin());
  throw WrongResult(fmt::format("router logit of token {}, expert {} is {}", place / experts,
                                place % experts, *bad));
}

// What a softmax subtracts from every logit of its token: the largest, which leaves equal rows of
// different size equal to the digit, then log(sum of exp(logit - largest)).
struct Subtrahend {
  double largest = 0.0;
  double log_sum = 0.0;
};

Subtrahend subtrahend_of(Logits row) {
  const double largest = *std::ranges::max_element(row);
  double sum = 0.0;
  for (const float logit : row) sum += std::exp(double{logit} - largest);
  return {largest, std::log(sum)};
}

// [T]; zeros where a score depends on its own logit alone.
std::vector<Subtrahend> subtrahends(Score score, Logits logits, std::size_t experts) {
  std::vector<Subtrahend> all(logits.size() / experts);
  if (score != Score::softmax) return all;
  for (std::size_t token = 0; token < all.size(); ++token) {
    all[token] = subtrahend_of(logits.subspan(token * experts, experts));
  }
  return all;
}

double score_of(Score score, double key) {
  if (score == Score::softmax) return std::exp(key);
  if (score == Score::sigmoid) return 1.0 / (1.0 + std::exp(-key));
  return std::sqrt(std::max(key, 0.0) + std::log1p(std::exp(-std::abs(key))));
}

}  // namespace

void choose_tokens(device::Stream& /*stream*/, std::span<const float> logits, int experts,
                   const ExpertChoiceRule& rule, std::span<std::int32_t> ids,
                   std::span<float> weights) {
  require(experts > 0 && rule.width > 0, "choose_tokens: experts and width are positive");
  const auto columns = static_cast<std::size_t>(experts);
  const auto width = static_cast<std::size_t>(rule.width);
  const std::size_t tokens = logits.size() / columns;
  require(logits.size() == tokens * columns, "choose_tokens: logits is [T, E]");
  require(ids.size() == tokens * width && weights.size() == ids.size(),
          "choose_tokens: ids and weights are [T, width]");
  require(rule.taken >= 0 && static_cast<std::size_t>(rule.taken) <= tokens,
          "choose_tokens: an expert takes 0 to T tokens");
  require_finite(logits, columns);

  std::ranges::fill(ids, -1);
  std::ranges::fill(weights, 0.0F);
  const std::vector<Subtrahend> less = subtrahends(rule.router.score, logits, columns);
  std::vector<std::size_t> held(tokens, 0);  // experts of a token so far
  std::vector<double> keys(tokens);
  std::vector<std::size_t> order(tokens);
  const auto before = [&keys](std::size_t a, std::size_t b) {
    return keys[a] != keys[b] ? keys[a] > keys[b] : a < b;
  };
  for (std::size_t expert = 0; expert < columns; ++expert) {
    for (std::size_t token = 0; token < tokens; ++token) {
      const double logit = logits[token * columns + expert];
      keys[token] = (logit - less[token].largest) - less[token].log_sum;
    }
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::nth_element(order, order.begin() + rule.taken, before);
    for (const std::size_t token : std::span(order).first(static_cast<std::size_t>(rule.taken))) {
      if (held[token]++ >= width) continue;  // counted on for the sentence below
      const std::size_t cell = token * width + held[token] - 1;
      ids[cell] = static_cast<std::int32_t>(expert);
      weights[cell] =
          static_cast<float>(score_of(rule.router.score, keys[token]) * double{rule.router.scale});
    }
  }
  const auto most = std::ranges::max_element(held);
  if (most == held.end() || *most <= width) return;
  throw WrongResult(fmt::format("{} experts take token {}, and its list holds {}", *most,
                                most - held.begin(), width));
}

}  // namespace moemark::kernels
