// Google Benchmark's own flags.
#include "bench/common/options/google_flags.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>
#include <string_view>

#include "bench/common/options/values.hpp"
#include "model/errors.hpp"

namespace moemark::bench {
namespace {

constexpr std::string_view prefix = "--benchmark_";

struct KnownFlag {
  std::string_view name;
  std::vector<std::string_view> values;  // empty: any text
  bool kernels_only;                     // repetition is the Sampler's in multi-rank binaries
};

const std::vector<KnownFlag>& known_flags() {
  static const std::vector<std::string_view> yes_no = {"true", "false", "1", "0", "yes", "no"};
  static const std::vector<std::string_view> formats = {"console", "json", "csv"};
  static const std::vector<KnownFlag> flags = {
      {"list_tests", yes_no, false},
      {"filter", {}, false},
      {"out", {}, false},
      {"out_format", formats, false},
      {"format", formats, false},
      {"color", {"true", "false", "1", "0", "yes", "no", "auto"}, false},
      {"counters_tabular", yes_no, false},
      {"time_unit", {"ns", "us", "ms", "s"}, false},
      {"context", {}, false},
      {"min_time", {}, true},
      {"repetitions", {}, true},
      {"report_aggregates_only", yes_no, true},
      {"display_aggregates_only", yes_no, true},
      {"enable_random_interleaving", yes_no, true},
  };
  return flags;
}

bool is_yes(std::string_view value) {
  return value == "true" || value == "1" || value == "yes";
}

void check_value(const KnownFlag& flag, std::string_view full_name, const std::string& value) {
  if (flag.name == "min_time") parse_positive(full_name, value);
  if (flag.name == "repetitions") parse_integer(full_name, value, 1, 1000);
  if (flag.name == "filter") filter_selects(value, "");
  if (!flag.values.empty()) parse_choice(full_name, value, flag.values);
}

void take_flag(GoogleFlags& flags, const std::string& argument, bool multi_rank) {
  const std::size_t equals = argument.find('=');
  const std::string full_name = argument.substr(0, equals);
  const std::string value =
      equals == std::string::npos ? std::string("true") : argument.substr(equals + 1);
  const auto known =
      std::ranges::find(known_flags(), full_name.substr(prefix.size()), &KnownFlag::name);
  if (known == known_flags().end()) {
    throw UsageError(fmt::format("{}: no such flag of Google Benchmark; see --help", full_name));
  }
  if (known->kernels_only && multi_rank) {
    throw UsageError(fmt::format(
        "{}: not in a binary of several ranks, where the sampler owns repetition; use --samples",
        full_name));
  }
  check_value(*known, full_name, value);
  if (known->name == "filter") flags.filter = value;
  if (known->name == "list_tests") flags.list_tests = is_yes(value);
  if (known->name == "out" || known->name == "format") flags.has_output = true;
  flags.arguments.push_back(argument);
}

}  // namespace

GoogleFlags take_google_flags(std::vector<std::string>& arguments, bool multi_rank) {
  GoogleFlags flags;
  std::vector<std::string> others;
  for (const std::string& argument : arguments) {
    if (argument.starts_with(prefix)) {
      take_flag(flags, argument, multi_rank);
    } else {
      others.push_back(argument);
    }
  }
  arguments = std::move(others);
  return flags;
}

bool filter_selects(const std::string& filter, const std::string& name) {
  const bool inverted = filter.starts_with('-');
  const std::string pattern = inverted ? filter.substr(1) : filter;
  if (pattern.empty() || pattern == "all") return !inverted;
  try {
    return std::regex_search(name, std::regex(pattern, std::regex::extended)) != inverted;
  } catch (const std::regex_error&) {
    throw UsageError(fmt::format(
        "--benchmark_filter: '{}' is not allowed; allowed: an extended regular expression",
        filter));
  }
}

void initialize_google_benchmark(std::string_view program, const GoogleFlags& flags) {
  std::vector<std::string> arguments = flags.arguments;
  std::vector<char*> pointers = {const_cast<char*>(program.data())};
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
}

}  // namespace moemark::bench
