// Parses --skew; every refusal names the value and what is allowed.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "model/errors.hpp"
#include "routing/load_shares.hpp"

namespace moemark {
namespace {

// Beyond 10 a head expert's share is 1 to 24 bits, and nothing changes any more.
constexpr double parameter_limit = 10.0;

// Sigmas fitted to recorded loads (design page "routing", Skew).
constexpr std::array<std::pair<std::string_view, double>, 4> named_sigmas{
    {{"mixtral", 0.14}, {"c4", 0.40}, {"chat", 0.75}, {"code", 1.1}}};

[[noreturn]] void refuse(const Skew& skew, std::string_view reason) {
  throw UsageError(fmt::format(
      "--skew: '{}' {}; allowed: uniform, balanced, lognormal:SIGMA (0 to {}, or mixtral, c4, "
      "chat, code), zipf:A (0 to {}), hot:N/F (N experts from 1, share F above 0 up to 1), "
      "empirical:MODEL/DOMAIN/LAYER",
      skew.text, reason, parameter_limit, parameter_limit));
}

template <typename Number>
Number number(const Skew& skew, std::string_view text) {
  Number result{};
  const char* end = std::to_address(text.end());
  const auto [stop, error] = std::from_chars(std::to_address(text.begin()), end, result);
  if (error != std::errc() || stop != end || text.empty()) {
    refuse(skew, fmt::format("holds '{}', which is no number here", text));
  }
  return result;
}

double sigma_or_exponent(const Skew& skew, std::string_view text) {
  const auto value = number<double>(skew, text);
  // from_chars reads "nan" and "inf".
  if (!std::isfinite(value) || value < 0.0 || value > parameter_limit) {
    refuse(skew, fmt::format("holds {}, which is out of range", text));
  }
  return value;
}

void read_lognormal(Skew& skew, std::string_view argument) {
  for (const auto& [name, sigma] : named_sigmas) {
    if (argument == name) {
      skew.parameter = sigma;
      return;
    }
  }
  skew.parameter = sigma_or_exponent(skew, argument);
}

void read_hot(Skew& skew, std::string_view argument) {
  const auto slash = argument.find('/');
  if (slash == std::string_view::npos) refuse(skew, "lacks a '/'");
  skew.hot_experts = number<int>(skew, argument.substr(0, slash));
  skew.parameter = number<double>(skew, argument.substr(slash + 1));
  if (skew.hot_experts < 1) refuse(skew, "has fewer than one hot expert");
  const bool possible = skew.parameter > 0.0 && skew.parameter <= 1.0;  // false for NaN
  if (!possible) refuse(skew, "has an impossible hot share");
}

void read_empirical(Skew& skew, std::string_view argument) {
  const auto first = argument.find('/');
  const auto last = argument.rfind('/');
  if (first == std::string_view::npos || first == last) refuse(skew, "is not MODEL/DOMAIN/LAYER");
  skew.model = argument.substr(0, first);
  skew.domain = argument.substr(first + 1, last - first - 1);
  skew.layer = number<int>(skew, argument.substr(last + 1));
  if (skew.model.empty() || skew.domain.empty() || skew.layer < 0) {
    refuse(skew, "is not MODEL/DOMAIN/LAYER");
  }
}

}  // namespace

Skew parse_skew(const std::string& text) {
  Skew skew;
  skew.text = text;
  const std::string_view all = text;
  const auto colon = all.find(':');
  const auto kind = all.substr(0, colon);
  const bool bare = colon == std::string_view::npos;
  const auto argument = bare ? std::string_view() : all.substr(colon + 1);
  if (bare && kind == "uniform") {
    skew.kind = SkewKind::uniform;
  } else if (bare && kind == "balanced") {
    skew.kind = SkewKind::balanced;
  } else if (!bare && kind == "lognormal") {
    skew.kind = SkewKind::lognormal;
    read_lognormal(skew, argument);
  } else if (!bare && kind == "zipf") {
    skew.kind = SkewKind::zipf;
    skew.parameter = sigma_or_exponent(skew, argument);
  } else if (!bare && kind == "hot") {
    skew.kind = SkewKind::hot;
    read_hot(skew, argument);
  } else if (!bare && kind == "empirical") {
    skew.kind = SkewKind::empirical;
    read_empirical(skew, argument);
  } else {
    refuse(skew, "is no skew");
  }
  return skew;
}

}  // namespace moemark
