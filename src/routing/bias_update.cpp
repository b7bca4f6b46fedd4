// One step of loss-free balancing.
#include "routing/bias_update.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <memory>
#include <numeric>
#include <string_view>
#include <system_error>

#include "model/errors.hpp"

namespace moemark {
namespace {

double sign(double value) {
  return static_cast<double>(value > 0.0) - static_cast<double>(value < 0.0);
}

}  // namespace

void BiasUpdate::apply(std::span<const std::int64_t> counts, std::span<float> bias) const {
  const auto sum = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  if (sum == 0) return;
  const double mean = static_cast<double>(sum) / static_cast<double>(counts.size());
  for (std::size_t e = 0; e < counts.size(); ++e) {
    const double missing = (mean - static_cast<double>(counts[e])) / mean;
    const double change = rate * (rule == BiasRule::sign ? sign(missing) : missing);
    bias[e] = static_cast<float>(bias[e] + change);
  }
}

BiasUpdate parse_bias_update(const std::string& text) {
  BiasUpdate update;
  update.text = text;
  const std::string_view all = text;
  const auto colon = all.find(':');
  const std::string_view rule = all.substr(0, colon);
  const std::string_view rate = colon == std::string_view::npos ? "" : all.substr(colon + 1);
  const char* end = std::to_address(rate.end());
  const auto [stop, error] = std::from_chars(std::to_address(rate.begin()), end, update.rate);
  const bool number = !rate.empty() && error == std::errc() && stop == end;
  const bool in_range = update.rate > 0.0 && update.rate <= 1.0;  // false for NaN
  if ((rule != "sign" && rule != "proportional") || !number || !in_range) {
    throw UsageError(
        fmt::format("--bias-update: '{}' is not allowed; allowed: sign:RATE or proportional:RATE, "
                    "RATE above 0 up to 1",
                    text));
  }
  if (rule == "proportional") update.rule = BiasRule::proportional;
  return update;
}

}  // namespace moemark
