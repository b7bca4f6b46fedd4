#include "routing/calibrated_router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <numeric>
#include <utility>

#include "model/errors.hpp"
#include "routing/chosen_counts.hpp"
#include "routing/gumbel_logits.hpp"
#include "routing/load_shares.hpp"
#include "routing/router_scores.hpp"

namespace moemark {
namespace {

constexpr int iterations = 55;
constexpr int damped_from = 45;  // then every step is halved, and the offsets are averaged
constexpr int late_iterations = iterations - damped_from;
constexpr double rate = 0.3;
constexpr double momentum = 0.7;
constexpr double longest_step = 0.5;
constexpr int tokens_at_first = 2048;
constexpr int tokens_at_last = 10240;
constexpr int tokens_to_check = 16384;
// The logit that choices begin at: scores are still steep there, and logits on both sides small, so
// that the sums of the gate stay exact.
constexpr double threshold = 1.0;
constexpr std::uint32_t calibration_rank = ~0U;  // of no job: its tokens are nobody's

// Wanted inclusion probabilities: shares of k assignments, at most one a token.
std::vector<double> wanted_inclusions(const std::vector<double>& shares, int topk) {
  std::vector<double> wanted;
  for (const std::uint32_t target : inclusion_targets(shares, topk)) {
    wanted.push_back(static_cast<double>(target) / 65536.0);
  }
  return wanted;
}

// Gumbel noise brings a logit over the threshold with probability 1 - exp(-exp(base - threshold)).
std::vector<double> bases_without_groups(const std::vector<double>& wanted) {
  std::vector<double> base;
  for (const double inclusion : wanted) {
    const double possible = std::clamp(inclusion, 0x1p-20, 1.0 - 0x1p-13);
    base.push_back(threshold + std::log(-std::log1p(-possible)));
  }
  return base;
}

// How much a score changes with its logit around the threshold.
double slope_of(Score score) {
  const std::array<float, 2> logits = {static_cast<float>(threshold - 0.5),
                                       static_cast<float>(threshold + 0.5)};
  std::array<float, 2> scores{};
  router_scores(score, logits, scores);
  return static_cast<double>(scores[1]) - static_cast<double>(scores[0]);
}

// Softmax scores of a token depend on all its logits: their bias stays zero.
bool offsets_are_biases(const RouterSpec& router, OffsetsIn where) {
  return where == OffsetsIn::selection_bias && router.select_bias && router.score != Score::softmax;
}

// The search for the offsets of one router.
class Search {
 public:
  Search(const RouterSpec& router, int topk, std::vector<double> wanted, std::uint64_t seed,
         OffsetsIn where)
      : router_(router),
        wanted_(std::move(wanted)),
        counts_(router, topk, static_cast<int>(wanted_.size())),
        noise_(seed),
        start_(bases_without_groups(wanted_)),
        offset_(wanted_.size(), 0.0),
        velocity_(wanted_.size(), 0.0),
        mean_offset_(wanted_.size(), 0.0) {
    if (offsets_are_biases(router, where)) bias_per_offset_ = slope_of(router_.score);
  }

  RouterCalibration run();

 private:
  [[nodiscard]] RouterCalibration with(const std::vector<double>& offset) const;
  [[nodiscard]] double error_beyond_chance(int tokens) const;
  void count(const RouterCalibration& inputs, int tokens);
  [[nodiscard]] double step(std::size_t expert, double seen, int tokens, double gain) const;

  RouterSpec router_;
  std::vector<double> wanted_;  // inclusion probabilities
  ChosenCounts counts_;
  GumbelLogits noise_;
  std::vector<double> start_;
  std::vector<double> offset_;
  std::vector<double> velocity_;
  std::vector<double> mean_offset_;
  double bias_per_offset_ = 0.0;  // 0: offsets go into the base
  std::uint32_t next_token_ = 0;
};

RouterCalibration Search::with(const std::vector<double>& offset) const {
  RouterCalibration inputs;
  std::vector<double> base = start_;
  if (router_.select_bias) inputs.select_bias.assign(base.size(), 0.0F);
  for (std::size_t e = 0; e < base.size(); ++e) {
    if (bias_per_offset_ > 0.0) {
      inputs.select_bias[e] = static_cast<float>(bias_per_offset_ * offset[e]);
    } else {
      base[e] += offset[e];
    }
  }
  inputs.base.assign(base.begin(), base.end());
  return inputs;
}

void Search::count(const RouterCalibration& inputs, int tokens) {
  std::vector<float> logits(inputs.base.size());
  for (int i = 0; i < tokens; ++i) {
    noise_.fill(inputs.base, {0, calibration_rank, next_token_++}, logits);
    counts_.add(logits, inputs.select_bias);
  }
}

// Half a token is added to what was seen: an expert that nobody chose has a finite step.
double Search::step(std::size_t expert, double seen, int tokens, double gain) const {
  const double share = (seen + 0.5) / (tokens + 0.5);
  const double change = gain * std::log(std::max(wanted_[expert], 0x1p-20) / share);
  return std::clamp(change, -longest_step, longest_step);
}

RouterCalibration Search::run() {
  std::vector<double> seen(wanted_.size(), 0.0);
  for (int i = 0; i < iterations; ++i) {
    const bool late = i >= damped_from;
    const int tokens = late ? tokens_at_last : tokens_at_first;
    counts_.clear();
    count(with(offset_), tokens);
    for (std::size_t e = 0; e < offset_.size(); ++e) {
      const auto now = static_cast<double>(counts_.counts()[e]);
      if (late) {
        mean_offset_[e] += offset_[e] / late_iterations;
        seen[e] += now;
      }
      velocity_[e] = late ? 0.0 : momentum * velocity_[e];
      velocity_[e] += step(e, now, tokens, late ? rate / 2 : rate);
      offset_[e] += velocity_[e];
    }
  }
  // What the late iterations saw together, at their mean offset, is worth one step more.
  constexpr int late_tokens = late_iterations * tokens_at_last;
  for (std::size_t e = 0; e < seen.size(); ++e) {
    mean_offset_[e] += step(e, seen[e], late_tokens, 1.0);
  }
  RouterCalibration found = with(mean_offset_);
  counts_.clear();
  count(found, tokens_to_check);
  found.load_error = error_beyond_chance(tokens_to_check);
  return found;
}

// The differences that chance alone leaves have the mean sqrt(2 variance / pi); both add in
// squares.
double Search::error_beyond_chance(int tokens) const {
  const double topk = std::accumulate(wanted_.begin(), wanted_.end(), 0.0);
  double chance = 0.0;
  for (const double inclusion : wanted_) {
    chance += std::sqrt(2.0 / std::numbers::pi * inclusion * (1.0 - inclusion) / tokens);
  }
  chance /= 2.0 * topk;
  const double error = load_error(wanted_, counts_.counts());
  return std::sqrt(std::max(0.0, error * error - chance * chance));
}

}  // namespace

RouterCalibration calibrate_router(const RouterSpec& router, int topk,
                                   const std::vector<double>& shares, std::uint64_t seed,
                                   OffsetsIn where) {
  const RouterCalibration found =
      Search(router, topk, wanted_inclusions(shares, topk), seed, where).run();
  if (found.load_error > most_load_error) {
    throw CaseSkipped(
        fmt::format("{:.1f} % of the assignments miss this load in a router of {} of {} groups a "
                    "token: use --routing ids",
                    100.0 * found.load_error, router.topk_group, router.n_group));
  }
  return found;
}

double load_error(std::span<const double> wanted, std::span<const std::int64_t> seen) {
  const double wanted_sum = std::accumulate(wanted.begin(), wanted.end(), 0.0);
  const auto seen_sum =
      static_cast<double>(std::accumulate(seen.begin(), seen.end(), std::int64_t{0}));
  double difference = 0.0;
  for (std::size_t e = 0; e < wanted.size(); ++e) {
    difference += std::abs(wanted[e] / wanted_sum - static_cast<double>(seen[e]) / seen_sum);
  }
  return difference / 2.0;
}

}  // namespace moemark
