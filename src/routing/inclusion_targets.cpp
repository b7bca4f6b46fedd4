// From load shares to integer inclusion targets: cap, water-fill, largest remainder.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "model/errors.hpp"
#include "routing/load_shares.hpp"

namespace moemark {
namespace {

constexpr double cap = 65536.0;  // a token takes an expert at most once

// To the 24 significant bits of a float32: libm's last bits differ between machines, these do not.
double rounded_to_24_bits(double share) {
  return static_cast<double>(static_cast<float>(share));
}

// Real-valued targets that sum to `total`: in proportion to the shares, none above the cap.
std::vector<double> water_filled(const std::vector<double>& shares, double total) {
  std::vector<double> quota(shares.size(), 0.0);
  std::vector<bool> full(shares.size(), false);
  double left = total;
  for (bool grown = true; grown;) {
    grown = false;
    double open_share = 0.0;
    double open_experts = 0.0;
    for (std::size_t e = 0; e < shares.size(); ++e) {
      if (full[e]) continue;
      open_share += shares[e];
      open_experts += 1.0;
    }
    const double level = left;
    for (std::size_t e = 0; e < shares.size(); ++e) {
      if (full[e]) continue;
      quota[e] = open_share > 0.0 ? level * shares[e] / open_share : level / open_experts;
      if (quota[e] <= cap) continue;
      quota[e] = cap;
      full[e] = true;
      left -= cap;
      grown = true;
    }
  }
  return quota;
}

}  // namespace

std::vector<std::uint32_t> inclusion_targets(const std::vector<double>& shares, int topk) {
  if (topk < 1 || static_cast<std::size_t>(topk) > shares.size()) {
    throw CaseSkipped(fmt::format("top-{} of {} experts is impossible", topk, shares.size()));
  }
  std::vector<double> rounded(shares.size());
  std::ranges::transform(shares, rounded.begin(), rounded_to_24_bits);
  const double total = topk * cap;
  const auto quota = water_filled(rounded, total);

  std::vector<std::uint32_t> targets(shares.size());
  double missing = total;
  for (std::size_t e = 0; e < shares.size(); ++e) {
    targets[e] = static_cast<std::uint32_t>(quota[e]);
    missing -= targets[e];
  }
  const auto remainder = [&](std::size_t e) { return quota[e] - std::floor(quota[e]); };
  std::vector<std::size_t> order(shares.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return remainder(a) != remainder(b) ? remainder(a) > remainder(b) : a < b;
  });
  for (const std::size_t e : order) {
    if (missing < 1.0) break;
    if (targets[e] == static_cast<std::uint32_t>(cap)) continue;
    targets[e] += 1;
    missing -= 1.0;
  }
  return targets;
}

}  // namespace moemark
