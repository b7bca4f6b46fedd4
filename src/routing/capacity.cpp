// Parses capacities and drops what exceeds them.
#include "routing/capacity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

#include "model/errors.hpp"

namespace moemark {
namespace {

constexpr double largest_factor = 64.0;
constexpr std::int64_t million = 1'000'000;

[[noreturn]] void refuse(const std::string& text, std::string_view reason) {
  throw UsageError(
      fmt::format("--capacity: '{}' {}; allowed: none, drop:CF, drop:CF/position, "
                  "drop:CF/probability (CF above 0 up to {}, at most six decimals)",
                  text, reason, largest_factor));
}

std::int64_t millionths(const std::string& text, std::string_view digits) {
  double factor = 0.0;
  const char* end = std::to_address(digits.end());
  const auto [stop, error] = std::from_chars(std::to_address(digits.begin()), end, factor);
  if (error != std::errc() || stop != end) refuse(text, "has no number behind 'drop:'");
  const bool in_range = factor > 0.0 && factor <= largest_factor;  // false for NaN
  if (!in_range) refuse(text, "has a factor out of range");
  const double scaled = factor * static_cast<double>(million);
  const double whole = std::round(scaled);
  if (whole < 1.0 || std::abs(scaled - whole) > 1e-6) refuse(text, "has too many decimals");
  return static_cast<std::int64_t>(whole);
}

// Assignments of one expert by falling weight, the earlier of equal ones first.
void sort_by_weight(const RoutingTable& table, std::vector<std::size_t>& assignments) {
  std::ranges::sort(assignments, [&](std::size_t a, std::size_t b) {
    const float weight_a = table.topk_weights[a];
    const float weight_b = table.topk_weights[b];
    return weight_a != weight_b ? weight_a > weight_b : a < b;
  });
}

}  // namespace

Capacity parse_capacity(const std::string& text) {
  Capacity capacity;
  capacity.text = text;
  if (text == "none") return capacity;
  constexpr std::string_view head = "drop:";
  std::string_view argument = text;
  if (!argument.starts_with(head)) refuse(text, "is no capacity");
  argument.remove_prefix(head.size());
  const auto slash = argument.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view policy = argument.substr(slash + 1);
    if (policy != "position" && policy != "probability") refuse(text, "names no policy");
    if (policy == "probability") capacity.policy = DropPolicy::probability;
  }
  capacity.factor_millionths = millionths(text, argument.substr(0, slash));
  return capacity;
}

std::int64_t expert_capacity(const Capacity& capacity, int tokens, int topk, int experts) {
  const std::int64_t assignments = std::int64_t{tokens} * topk;  // below 2^36
  const std::int64_t parts = million * experts;
  return (capacity.factor_millionths * assignments + parts - 1) / parts;
}

std::int64_t drop_overflow(const Capacity& capacity, int experts, RoutingTable& table) {
  if (!capacity.drops()) return 0;
  const auto room =
      static_cast<std::size_t>(expert_capacity(capacity, table.tokens, table.topk, experts));
  std::vector<std::vector<std::size_t>> taken(static_cast<std::size_t>(experts));
  for (std::size_t a = 0; a < table.size(); ++a) {
    if (table.topk_ids[a] >= 0) taken[static_cast<std::size_t>(table.topk_ids[a])].push_back(a);
  }
  std::int64_t dropped = 0;
  for (std::vector<std::size_t>& assignments : taken) {
    if (assignments.size() <= room) continue;
    if (capacity.policy == DropPolicy::probability) sort_by_weight(table, assignments);
    for (std::size_t i = room; i < assignments.size(); ++i) table.topk_ids[assignments[i]] = -1;
    dropped += static_cast<std::int64_t>(assignments.size() - room);
  }
  return dropped;
}

}  // namespace moemark
