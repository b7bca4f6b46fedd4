// Reading the values of options.
#include "bench/common/options/values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "model/errors.hpp"

namespace moemark::bench {
namespace {

[[noreturn]] void refuse(std::string_view flag, std::string_view text, std::string_view allowed) {
  throw UsageError(fmt::format("{}: '{}' is not allowed; allowed: {}", flag, text, allowed));
}

// The whole text as a number, or nothing.
template <class Number>
bool read_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::vector<std::string> split_list(std::string_view flag, const std::string& text) {
  std::vector<std::string> items;
  std::size_t begin = 0;
  while (true) {
    const std::size_t comma = text.find(',', begin);
    items.push_back(text.substr(begin, comma - begin));
    if (items.back().empty()) refuse(flag, text, "a comma separated list without empty places");
    if (comma == std::string::npos) return items;
    begin = comma + 1;
  }
}

std::int64_t parse_integer(std::string_view flag, const std::string& text, std::int64_t least,
                           std::int64_t most) {
  std::int64_t value = 0;
  if (!read_number(text, value) || value < least || value > most) {
    refuse(flag, text, fmt::format("a whole number from {} to {}", least, most));
  }
  return value;
}

std::vector<int> parse_integers(std::string_view flag, const std::string& text, int least,
                                int most) {
  std::vector<int> values;
  for (const std::string& item : split_list(flag, text)) {
    values.push_back(static_cast<int>(parse_integer(flag, item, least, most)));
  }
  return values;
}

double parse_positive(std::string_view flag, const std::string& text) {
  double value = 0.0;
  if (!read_number(text, value) || !std::isfinite(value) || value <= 0.0) {
    refuse(flag, text, "a number above 0");
  }
  return value;
}

std::vector<double> parse_numbers(std::string_view flag, const std::string& text, double least,
                                  double most) {
  std::vector<double> values;
  for (const std::string& item : split_list(flag, text)) {
    double value = 0.0;
    const bool possible = read_number(item, value) && value >= least && value <= most;
    if (!possible) refuse(flag, item, fmt::format("numbers from {} to {}", least, most));
    values.push_back(value);
  }
  return values;
}

double parse_fraction(std::string_view flag, const std::string& text) {
  double value = 0.0;
  const bool possible = read_number(text, value) && value >= 0.0 && value <= 1.0;  // not for NaN
  if (!possible) refuse(flag, text, "a number from 0 to 1");
  return value;
}

std::string TraceSource::name() const {
  const std::string file_name = "trace:" + file.filename().string();
  return place ? fmt::format("{}/{}/{}", file_name, place->step, place->layer) : file_name;
}

TraceSource parse_trace_source(std::string_view flag, const std::string& text) {
  std::string_view file = std::string_view(text).substr(text.find(':') + 1);
  TraceSource source{.file = file, .place = {}, .text = text};
  const std::size_t layer = file.rfind('/');
  const std::size_t step = layer == std::string_view::npos || layer == 0
                               ? std::string_view::npos
                               : file.rfind('/', layer - 1);
  StepLayer place;
  if (step != std::string_view::npos && read_number(file.substr(layer + 1), place.layer) &&
      read_number(file.substr(step + 1, layer - step - 1), place.step) && place.layer >= 0 &&
      place.step >= 0) {
    source.file = file.substr(0, step);
    source.place = place;
  }
  if (source.file.empty()) refuse(flag, text, "trace:FILE or trace:FILE/STEP/LAYER");
  return source;
}

Delay parse_delay(std::string_view flag, const std::string& text) {
  constexpr double most_us = 1e6;
  const std::size_t slash = text.find('/');
  Delay delay{.text = text};
  const bool possible = slash != std::string::npos &&
                        read_number(std::string_view(text).substr(0, slash), delay.rank) &&
                        read_number(std::string_view(text).substr(slash + 1), delay.us) &&
                        delay.rank >= 0 && delay.us > 0.0 && delay.us <= most_us;
  if (!possible) {
    refuse(flag, text, "RANK/US, a rank of the job and microseconds above 0 up to 1000000");
  }
  return delay;
}

LinkSpeed parse_link(std::string_view flag, const std::string& text) {
  const std::size_t slash = text.find('/');
  LinkSpeed speed{parse_positive(flag, text.substr(0, slash))};
  if (slash != std::string::npos) speed.node = parse_positive(flag, text.substr(slash + 1));
  return speed;
}

std::size_t parse_size(std::string_view flag, const std::string& text) {
  constexpr std::string_view units = "KMG";
  std::string_view number = text;
  unsigned shift = 0;
  if (!number.empty()) {
    const std::size_t unit = units.find(number.back());
    if (unit != std::string_view::npos) {
      shift = 10U * (static_cast<unsigned>(unit) + 1U);
      number.remove_suffix(1);
    }
  }
  std::uint64_t value = 0;
  if (!read_number(number, value) || value == 0 || value > (1ULL << 50U) >> shift) {
    refuse(flag, text, "bytes as a whole number with an optional K, M or G, up to 1 PiB");
  }
  return value << shift;
}

int parse_scale(std::string_view flag, const std::string& text) {
  int divisor = 0;
  const bool fraction = text.starts_with("1/") && read_number(text.substr(2), divisor);
  if (!fraction || divisor < 1 || divisor > 1024) refuse(flag, text, "1/N with N from 1 to 1024");
  return divisor;
}

std::vector<DType> parse_dtypes(std::string_view flag, const std::string& text,
                                const std::vector<DType>& allowed) {
  std::vector<std::string_view> names;
  names.reserve(allowed.size());
  for (const DType dtype : allowed) names.push_back(name(dtype));
  std::vector<DType> values;
  for (const std::string& item : split_list(flag, text)) {
    values.push_back(allowed[parse_choice(flag, item, names)]);
  }
  return values;
}

std::size_t parse_choice(std::string_view flag, const std::string& text,
                         const std::vector<std::string_view>& allowed) {
  const auto found = std::ranges::find(allowed, text);
  if (found == allowed.end()) refuse(flag, text, fmt::format("{}", fmt::join(allowed, ", ")));
  return static_cast<std::size_t>(found - allowed.begin());
}

}  // namespace moemark::bench
