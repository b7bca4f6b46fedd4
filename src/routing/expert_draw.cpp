// Draws the experts of a token, and whole planned tables.
#include "routing/expert_draw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "model/errors.hpp"
#include "routing/expert_choice.hpp"
#include "routing/hash_draw.hpp"
#include "routing/lattice.hpp"
#include "routing/philox.hpp"
#include "routing/topics.hpp"

namespace moemark {
namespace {

constexpr std::uint32_t unit = 1U << 16U;  // the target of an expert that every token takes

// Expert j of token t on rank s is (s*T*k + t*k + j) mod E, T of a rank that is not ragged.
void balanced_ids(const RoutingPlan& plan, std::uint32_t rank, RoutingTable& table) {
  const auto experts = static_cast<std::uint64_t>(plan.experts);
  const auto before = static_cast<std::uint64_t>(plan.tokens) * static_cast<unsigned>(plan.topk);
  std::uint64_t next = rank * before % experts;
  for (std::int32_t& id : table.topk_ids) {
    id = static_cast<std::int32_t>(next);
    next = (next + 1) % experts;
  }
}

void drawn_ids(const RoutingPlan& plan, const std::vector<double>& shares, std::uint32_t rank,
               RoutingTable& table) {
  ExpertDraw draw(inclusion_targets(shares, plan.topk), plan.topk, plan.seed, plan.step);
  for (int token = 0; token < table.tokens; ++token) {
    draw.draw(rank, static_cast<std::uint32_t>(token), table.ids(token));
  }
}

// Every topic draws from its own load; the words are the token's whatever its topic.
void ids_of_topics(const RoutingPlan& plan, std::uint32_t rank, RoutingTable& table) {
  std::vector<ExpertDraw> draws;
  for (const auto& shares : topic_shares(plan.skew, plan.experts, plan.seed)) {
    draws.emplace_back(inclusion_targets(shares, plan.topk), plan.topk, plan.seed, plan.step);
  }
  const auto topics = topics_of_tokens(plan.skew, plan.seed, plan.step, rank, table.tokens);
  for (int token = 0; token < table.tokens; ++token) {
    const auto topic = static_cast<std::size_t>(topics[static_cast<std::size_t>(token)]);
    draws[topic].draw(rank, static_cast<std::uint32_t>(token), table.ids(token));
  }
}

}  // namespace

ExpertDraw::ExpertDraw(std::vector<std::uint32_t> targets, int topk, std::uint64_t seed,
                       std::uint32_t step)
    : targets_(std::move(targets)),
      topk_(static_cast<std::uint32_t>(topk)),
      seed_(seed),
      step_(step),
      shuffled_(targets_.size()),
      words_(targets_.size()) {
  std::uint64_t sum = 0;
  for (const std::uint32_t target : targets_) {
    if (target > unit) throw std::invalid_argument("ExpertDraw: a target exceeds 2^16");
    sum += target;
  }
  if (topk < 1 || topk > 0xffff || sum != std::uint64_t{topk_} * unit) {
    throw std::invalid_argument("ExpertDraw: the targets must sum to topk * 2^16");
  }
}

void ExpertDraw::draw(std::uint32_t rank, std::uint32_t token, std::span<std::int32_t> ids) {
  RandomWords(seed_, RandomStream::expert_draw, step_, rank, token).fill(words_);
  std::iota(shuffled_.begin(), shuffled_.end(), 0U);

  // The shuffle settles places from the last one down, so the selection walks down with it: `end`
  // is where the interval of the current place ends, `point` the highest point not yet passed. An
  // interval is at most as long as the distance of two points and holds at most one.
  std::size_t choice = topk_;
  std::uint32_t end = topk_ * unit;
  std::uint32_t point = (words_.back() >> 16U) + (topk_ - 1) * unit;
  const std::uint32_t* word = words_.data();
  for (auto left = static_cast<std::uint32_t>(targets_.size()); left > 0; --left) {
    // The last word is the start; place 0 keeps what is left in any case (a bound of 1).
    const std::uint32_t other = scaled_word(*word++, left);
    const std::uint32_t expert = shuffled_[other];
    shuffled_[other] = shuffled_[left - 1];
    end -= targets_[expert];
    if (end > point) continue;
    ids[--choice] = static_cast<std::int32_t>(expert);
    if (choice == 0) return;
    point -= unit;
  }
}

int tokens_of(const RoutingPlan& plan, std::uint32_t rank) {
  const auto most = static_cast<int>(std::floor(plan.tokens_spread * plan.tokens + 0.5));
  RandomWords words(plan.seed, RandomStream::ragged_counts, /*step=*/0, rank, /*token=*/0);
  return plan.tokens - most +
         static_cast<int>(words.bounded(0, 2U * static_cast<unsigned>(most) + 1U));
}

RoutingTable planned_table(const RoutingPlan& plan, const std::vector<double>& shares,
                           std::uint32_t rank) {
  if (plan.topk < 1 || plan.topk > plan.experts) {
    throw CaseSkipped(fmt::format("top-{} of {} experts is impossible", plan.topk, plan.experts));
  }
  RoutingTable table(tokens_of(plan, rank), plan.topk);
  switch (plan.skew.kind) {
    case SkewKind::balanced:
      balanced_ids(plan, rank, table);
      break;
    case SkewKind::local:
      drawn_ids(plan,
                local_shares(plan.homes, plan.experts, plan.topk,
                             static_cast<int>(rank) % plan.homes.ranks),
                rank, table);
      break;
    case SkewKind::topic:
      ids_of_topics(plan, rank, table);
      break;
    case SkewKind::hash:
      hash_ids(plan, rank, table);
      break;
    case SkewKind::expert_choice:
      table = expert_choice_table(plan, rank);
      break;
    default:
      drawn_ids(plan, shares, rank, table);
  }
  if (plan.skew.kind == SkewKind::masked) mask_tokens(plan, rank, table);
  fill_lattice_weights(plan, rank, table);
  return table;
}

// Tokens that are padding, say: the layer carries them, no expert takes them.
void mask_tokens(const RoutingPlan& plan, std::uint32_t rank, RoutingTable& table) {
  const double limit = std::ldexp(plan.skew.parameter, 32);
  for (int token = 0; token < table.tokens; ++token) {
    RandomWords words(plan.seed, RandomStream::skew, plan.step, rank,
                      static_cast<std::uint32_t>(token));
    if (words.word(0) < limit) std::ranges::fill(table.ids(token), -1);
  }
}

void fill_lattice_weights(const RoutingPlan& plan, std::uint32_t rank, RoutingTable& table) {
  // Beyond k = 256 no lattice is exact; its smallest weights still serve.
  const Lattice lattice = lattice_for(table.topk).value_or(Lattice{1, 1, 1});
  for (int token = 0; token < table.tokens; ++token) {
    lattice_weights(lattice, plan.seed, plan.step, rank, static_cast<std::uint32_t>(token),
                    table.weights(token));
  }
}

}  // namespace moemark
