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
      "hotrank:R (rank 0 has R times the mean rank's load, R above 0), local, masked:F (share of "
      "tokens without expert, 0 to 1), topic:K/RHO/STICK (1 to 256 topics, RHO how alike their "
      "loads, STICK to keep a topic, both 0 to 1), hash, expert_choice, "
      "empirical:MODEL/DOMAIN/LAYER, load:FILE[/N] "
      "(load vector N "
      "of a recorded file, default 0)",
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

double number_up_to(double limit, const Skew& skew, std::string_view text) {
  const auto value = number<double>(skew, text);
  // from_chars reads "nan" and "inf".
  if (!std::isfinite(value) || value < 0.0 || value > limit) {
    refuse(skew, fmt::format("holds {}, which is out of range", text));
  }
  return value;
}

void read_zipf(Skew& skew, std::string_view argument) {
  skew.parameter = number_up_to(parameter_limit, skew, argument);
}

void read_lognormal(Skew& skew, std::string_view argument) {
  for (const auto& [name, sigma] : named_sigmas) {
    if (argument == name) {
      skew.parameter = sigma;
      return;
    }
  }
  skew.parameter = number_up_to(parameter_limit, skew, argument);
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

void read_hotrank(Skew& skew, std::string_view argument) {
  // How much is possible depends on the ranks; this many nobody has.
  skew.parameter = number_up_to(1 << 16, skew, argument);
  if (skew.parameter == 0.0) refuse(skew, "leaves rank 0 without load");
}

void read_masked(Skew& skew, std::string_view argument) {
  skew.parameter = number_up_to(1.0, skew, argument);
}

void read_topic(Skew& skew, std::string_view argument) {
  constexpr int most_topics = 256;
  const auto first = argument.find('/');
  const auto last = argument.rfind('/');
  if (first == std::string_view::npos || first == last) refuse(skew, "is not K/RHO/STICK");
  skew.topics = number<int>(skew, argument.substr(0, first));
  if (skew.topics < 1 || skew.topics > most_topics) refuse(skew, "has an impossible K");
  skew.parameter = number_up_to(1.0, skew, argument.substr(first + 1, last - first - 1));
  skew.stick = number_up_to(1.0, skew, argument.substr(last + 1));
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

// What looks like a number behind the last '/' is one.
void read_load(Skew& skew, std::string_view argument) {
  const auto slash = argument.rfind('/');
  const auto last = argument.substr(slash + 1);
  if (slash != std::string_view::npos && !last.empty() &&
      last.find_first_not_of("0123456789") == std::string_view::npos) {
    skew.vector = number<int>(skew, last);
    argument = argument.substr(0, slash);
  }
  if (argument.empty()) refuse(skew, "names no file");
  skew.file = argument;
}

// The replay of a table is no load to draw from.
void read_trace(Skew& skew, std::string_view argument) {
  throw UsageError(
      fmt::format("--skew: '{}' is not allowed; --routing trace:{} replays the recorded table, "
                  "--skew load:{} draws from its load",
                  skew.text, argument, argument));
}

struct Form {
  std::string_view name;
  SkewKind kind;
  void (*read)(Skew&, std::string_view argument);  // of `name:argument`; none: the bare name
};
constexpr std::array<Form, 14> forms{{{"uniform", SkewKind::uniform, nullptr},
                                      {"balanced", SkewKind::balanced, nullptr},
                                      {"lognormal", SkewKind::lognormal, read_lognormal},
                                      {"zipf", SkewKind::zipf, read_zipf},
                                      {"hot", SkewKind::hot, read_hot},
                                      {"hotrank", SkewKind::hotrank, read_hotrank},
                                      {"local", SkewKind::local, nullptr},
                                      {"masked", SkewKind::masked, read_masked},
                                      {"topic", SkewKind::topic, read_topic},
                                      {"hash", SkewKind::hash, nullptr},
                                      {"expert_choice", SkewKind::expert_choice, nullptr},
                                      {"empirical", SkewKind::empirical, read_empirical},
                                      {"load", SkewKind::load, read_load},
                                      {"trace", SkewKind::trace, read_trace}}};

}  // namespace

Skew parse_skew(const std::string& text) {
  Skew skew;
  skew.text = text;
  const std::string_view all = text;
  const auto colon = all.find(':');
  const bool bare = colon == std::string_view::npos;
  for (const Form& form : forms) {
    if (form.name != all.substr(0, colon) || bare != (form.read == nullptr)) continue;
    skew.kind = form.kind;
    if (form.read != nullptr) form.read(skew, all.substr(colon + 1));
    return skew;
  }
  refuse(skew, "is no skew");
}

}  // namespace moemark
