// Turns the knob of a skew until the imbalance is the wanted one.
#include "routing/skew_knob.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/errors.hpp"

namespace moemark {
namespace {

constexpr int coarse_steps = 16;
constexpr double close_enough = 0.005;  // a share of the target: what one draw's chance is worth
constexpr double acceptable = 0.02;
constexpr double most_sigma = 10.0;  // as parse_skew() has it

double four_decimals(double value) {
  return std::round(value * 1e4) / 1e4;
}

// What the search saw.
class Search {
 public:
  Search(const Skew& family, int experts, double target, const RealisedImbalance& realised)
      : family_(family), experts_(experts), target_(target), realised_(realised) {}

  double at(double position) {
    const Skew skew = skew_at(family_, position, experts_);
    last_text_ = skew.text;
    const double value = realised_(skew);
    if (value <= 0.0) {
      throw CaseSkipped("--target-imbalance: nothing is assigned, no load is uneven");
    }
    smallest_ = std::min(smallest_, value);
    largest_ = std::max(largest_, value);
    const double miss = std::abs(value - target_);
    if (miss < best_miss_) {
      best_ = skew;
      best_miss_ = miss;
      closest_ = value;
    }
    return value;
  }

  [[nodiscard]] bool done() const { return best_miss_ <= close_enough * target_; }
  [[nodiscard]] const std::string& last_text() const { return last_text_; }

  [[nodiscard]] Skew result() const {
    if (best_miss_ <= acceptable * target_) return best_;
    const std::string what =
        fmt::format("--target-imbalance {}: skew {} reaches", target_, skew_family(family_));
    if (largest_ < target_)
      throw CaseSkipped(fmt::format("{} at most {:.4g} here", what, largest_));
    if (smallest_ > target_) {
      throw CaseSkipped(fmt::format("{} at least {:.4g} here", what, smallest_));
    }
    throw CaseSkipped(fmt::format("{} {:.4g} at the closest here", what, closest_));
  }

 private:
  const Skew& family_;
  int experts_;
  double target_;
  const RealisedImbalance& realised_;
  std::string last_text_;
  double smallest_ = std::numeric_limits<double>::infinity();
  double largest_ = 0.0;
  double best_miss_ = std::numeric_limits<double>::infinity();
  double closest_ = 0.0;
  Skew best_;
};

// Between a position below the target and one that reaches it.
void bisect(Search& search, double target, double low, double high) {
  std::string before = search.last_text();
  while (!search.done()) {
    const double middle = (low + high) / 2;
    (search.at(middle) < target ? low : high) = middle;
    if (search.last_text() == before) return;
    before = search.last_text();
  }
}

}  // namespace

bool has_knob(const Skew& skew) {
  return skew.kind == SkewKind::lognormal || skew.kind == SkewKind::zipf ||
         skew.kind == SkewKind::hot;
}

std::string skew_family(const Skew& skew) {
  if (skew.kind == SkewKind::hot) return fmt::format("hot:{}", skew.hot_experts);
  return skew.kind == SkewKind::zipf ? "zipf" : "lognormal";
}

Skew skew_at(const Skew& family, double position, int experts) {
  if (family.kind != SkewKind::hot) {
    const double knob = four_decimals(most_sigma * position * position);
    return parse_skew(fmt::format("{}:{}", skew_family(family), knob));
  }
  const double even = std::min(1.0, static_cast<double>(family.hot_experts) / experts);
  const double share = std::max(1e-4, four_decimals(even + (1.0 - even) * position));
  return parse_skew(fmt::format("{}/{}", skew_family(family), share));
}

Skew solve_imbalance(const Skew& family, int experts, double target,
                     const RealisedImbalance& realised) {
  Search search(family, experts, target, realised);
  const double even = search.at(0.0);
  if (target <= 1.0) return skew_at(family, 0.0, experts);
  if (even < target) {
    for (int step = 1; step <= coarse_steps && !search.done(); ++step) {
      const double position = static_cast<double>(step) / coarse_steps;
      if (search.at(position) < target) continue;
      bisect(search, target, position - 1.0 / coarse_steps, position);
      break;
    }
  }
  return search.result();
}

}  // namespace moemark
