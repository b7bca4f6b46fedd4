// Experts by word.
#include "routing/hash_draw.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "routing/load_shares.hpp"
#include "routing/philox.hpp"

namespace moemark {
namespace {

std::uint32_t frequency(int word) {
  return (1U << 20U) / (static_cast<std::uint32_t>(word) + 1U);
}

// The experts of one word.
class HashTable {
 public:
  HashTable(int experts, int topk, std::uint64_t seed)
      : draw_(inclusion_targets(uniform(experts), topk), topk, seed, /*step=*/0) {}
  void experts_of(int word, std::span<std::int32_t> ids) {
    draw_.draw(/*rank=*/0, static_cast<std::uint32_t>(word), ids);
  }

 private:
  static std::vector<double> uniform(int experts) {
    return std::vector<double>(static_cast<std::size_t>(experts), 1.0 / experts);
  }
  ExpertDraw draw_;
};

}  // namespace

std::vector<int> words_of_tokens(std::uint64_t seed, std::uint32_t step, std::uint32_t rank,
                                 int tokens) {
  std::vector<std::uint32_t> end(hash_vocabulary);  // of each word's part of the whole
  std::uint32_t sum = 0;
  for (int word = 0; word < hash_vocabulary; ++word) {
    sum += frequency(word);
    end[static_cast<std::size_t>(word)] = sum;
  }
  std::vector<int> words;
  words.reserve(static_cast<std::size_t>(tokens));
  for (int token = 0; token < tokens; ++token) {
    RandomWords random(seed, RandomStream::skew, 1 + step, rank, static_cast<std::uint32_t>(token));
    const auto part = std::ranges::upper_bound(end, random.bounded(0, sum));
    words.push_back(static_cast<int>(part - end.begin()));
  }
  return words;
}

void hash_ids(const RoutingPlan& plan, std::uint32_t rank, RoutingTable& table) {
  HashTable hash(plan.experts, plan.topk, plan.seed);
  const std::vector<int> words = words_of_tokens(plan.seed, plan.step, rank, table.tokens);
  for (int token = 0; token < table.tokens; ++token) {
    hash.experts_of(words[static_cast<std::size_t>(token)], table.ids(token));
  }
}

std::vector<double> hash_shares(int experts, int topk, std::uint64_t seed) {
  HashTable hash(experts, topk, seed);
  std::vector<double> loads(static_cast<std::size_t>(experts), 0.0);
  std::vector<std::int32_t> ids(static_cast<std::size_t>(topk));
  for (int word = 0; word < hash_vocabulary; ++word) {
    hash.experts_of(word, ids);
    for (const std::int32_t id : ids) loads[static_cast<std::size_t>(id)] += frequency(word);
  }
  const double sum = std::accumulate(loads.begin(), loads.end(), 0.0);
  for (double& load : loads) load /= sum;
  return loads;
}

}  // namespace moemark
