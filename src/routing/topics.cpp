// Topics of tokens, and what experts a topic takes.
#include "routing/topics.hpp"

#include <cmath>
#include <cstddef>
#include <numeric>

#include "routing/normal_quantile.hpp"
#include "routing/philox.hpp"

namespace moemark {
namespace {

constexpr double sigma = 0.75;  // `lognormal:chat`
constexpr std::uint32_t orders_step = (1U << 24U) - 1;
constexpr std::uint32_t order_of_source = 0;
constexpr std::uint32_t order_of_topic = 1;

// Of every topic, for a source.
std::vector<std::uint32_t> mix_weights(const Skew& skew, std::uint64_t seed, std::uint32_t rank) {
  const auto topics = static_cast<std::size_t>(skew.topics);
  const auto order =
      shuffled(topics, RandomWords(seed, RandomStream::topics, orders_step, rank, order_of_source));
  std::vector<std::uint32_t> weights(topics);
  for (std::size_t place = 0; place < topics; ++place) {
    weights[order[place]] = (1U << 20U) / (static_cast<std::uint32_t>(place) + 1U);
  }
  return weights;
}

// The normal quantile of each expert's place.
std::vector<double> quantiles(const std::vector<std::size_t>& expert_at_place) {
  std::vector<double> z(expert_at_place.size());
  for (std::size_t place = 0; place < z.size(); ++place) {
    const double p = (static_cast<double>(place) + 0.5) / static_cast<double>(z.size());
    z[expert_at_place[place]] = normal_quantile(p);
  }
  return z;
}

int topic_at(const std::vector<std::uint32_t>& weights, std::uint32_t point) {
  std::size_t topic = 0;
  while (point >= weights[topic]) point -= weights[topic++];
  return static_cast<int>(topic);
}

}  // namespace

std::vector<std::vector<double>> topic_shares(const Skew& skew, int experts, std::uint64_t seed) {
  const auto count = static_cast<std::size_t>(experts);
  const auto common = quantiles(shuffled(count, RandomWords(seed, RandomStream::skew, 0, 0, 0)));
  const double of_common = sigma * std::sqrt(skew.parameter);
  const double of_own = sigma * std::sqrt(1.0 - skew.parameter);
  std::vector<std::vector<double>> shares;
  for (int topic = 0; topic < skew.topics; ++topic) {
    const auto own =
        quantiles(shuffled(count, RandomWords(seed, RandomStream::topics, orders_step,
                                              static_cast<std::uint32_t>(topic), order_of_topic)));
    std::vector<double> loads(count);
    for (std::size_t e = 0; e < count; ++e) {
      loads[e] = std::exp(of_common * common[e] + of_own * own[e]);
    }
    const double sum = std::accumulate(loads.begin(), loads.end(), 0.0);
    for (double& load : loads) load /= sum;
    shares.push_back(std::move(loads));
  }
  return shares;
}

std::vector<double> topic_mix(const Skew& skew, std::uint64_t seed, std::uint32_t rank) {
  const auto weights = mix_weights(skew, seed, rank);
  const auto sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<double> mix(weights.begin(), weights.end());
  for (double& share : mix) share /= sum;
  return mix;
}

std::vector<int> topics_of_tokens(const Skew& skew, std::uint64_t seed, std::uint32_t step,
                                  std::uint32_t rank, int tokens) {
  const auto weights = mix_weights(skew, seed, rank);
  const std::uint32_t sum = std::accumulate(weights.begin(), weights.end(), 0U);
  const double keeps_below = std::ldexp(skew.stick, 32);
  std::vector<int> topics(static_cast<std::size_t>(tokens));
  for (std::size_t t = 0; t < topics.size(); ++t) {
    RandomWords words(seed, RandomStream::topics, step, rank, static_cast<std::uint32_t>(t));
    const bool starts = t % topic_sequence_tokens == 0;
    topics[t] = !starts && words.word(0) < keeps_below ? topics[t - 1]
                                                       : topic_at(weights, words.bounded(1, sum));
  }
  return topics;
}

}  // namespace moemark
