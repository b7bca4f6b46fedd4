// Experts that choose.
#include "routing/expert_choice.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "routing/philox.hpp"

namespace moemark {
namespace {

std::size_t to_size(int count) {
  return static_cast<std::size_t>(count);
}

// Of a few experts at a time, which bounds the memory.
constexpr std::size_t experts_at_once = 16;

// The scores of all tokens for the experts from `first` on, [count][T].
std::vector<std::vector<std::uint32_t>> scores_of(const RoutingPlan& plan, std::uint32_t rank,
                                                  std::size_t tokens, std::size_t first,
                                                  std::size_t count) {
  std::vector<std::vector<std::uint32_t>> scores(count, std::vector<std::uint32_t>(tokens));
  std::vector<std::uint32_t> words(count);
  for (std::size_t token = 0; token < tokens; ++token) {
    RandomWords(plan.seed, RandomStream::expert_draw, plan.step, rank,
                static_cast<std::uint32_t>(token))
        .fill(words, static_cast<std::uint32_t>(first));
    for (std::size_t i = 0; i < count; ++i) scores[i][token] = words[i];
  }
  return scores;
}

// The experts of each token, ascending.
std::vector<std::vector<std::int32_t>> experts_of_tokens(const RoutingPlan& plan,
                                                         std::uint32_t rank) {
  const std::size_t experts = to_size(plan.experts);
  const std::size_t tokens = to_size(tokens_of(plan, rank));
  const std::size_t taken = tokens * to_size(plan.topk) / experts;
  std::vector<std::vector<std::int32_t>> of_tokens(tokens);
  std::vector<std::size_t> order(tokens);
  std::int32_t expert = 0;
  for (std::size_t first = 0; first < experts; first += experts_at_once) {
    const std::size_t count = std::min(experts_at_once, experts - first);
    for (const auto& scores : scores_of(plan, rank, tokens, first, count)) {
      const auto before = [&scores](std::size_t a, std::size_t b) {
        return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
      };
      std::iota(order.begin(), order.end(), std::size_t{0});
      const auto last = order.begin() + static_cast<std::ptrdiff_t>(taken);
      std::ranges::nth_element(order, last, before);
      for (auto token = order.begin(); token != last; ++token) of_tokens[*token].push_back(expert);
      ++expert;
    }
  }
  return of_tokens;
}

std::size_t widest(const std::vector<std::vector<std::int32_t>>& experts) {
  std::size_t most = 0;
  for (const auto& of_token : experts) most = std::max(most, of_token.size());
  return most;
}

}  // namespace

RoutingTable expert_choice_table(const RoutingPlan& plan, std::uint32_t rank) {
  const auto experts = experts_of_tokens(plan, rank);
  const int width = std::max({1, plan.width, static_cast<int>(widest(experts))});
  RoutingTable table(static_cast<int>(experts.size()), width);
  for (int token = 0; token < table.tokens; ++token) {
    std::ranges::copy(experts[to_size(token)], table.ids(token).begin());
  }
  return table;
}

int expert_choice_width(const RoutingPlan& plan, int ranks) {
  std::size_t most = 1;
  for (int rank = 0; rank < ranks; ++rank) {
    most = std::max(most, widest(experts_of_tokens(plan, static_cast<std::uint32_t>(rank))));
  }
  return static_cast<int>(most);
}

}  // namespace moemark
