// Reading the values of options: a wrong one gives one sentence with flag, value and what is
// allowed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/dtype.hpp"
#include "routing/files/recorded_routing.hpp"

namespace moemark::bench {

// Splits at commas; an empty list or element is a UsageError.
std::vector<std::string> split_list(std::string_view flag, const std::string& text);

// Whole numbers in [least, most].
std::int64_t parse_integer(std::string_view flag, const std::string& text, std::int64_t least,
                           std::int64_t most);
std::vector<int> parse_integers(std::string_view flag, const std::string& text, int least,
                                int most);

// A finite number above `above`.
double parse_positive(std::string_view flag, const std::string& text);

// Numbers in [least, most], `1,1.5`.
std::vector<double> parse_numbers(std::string_view flag, const std::string& text, double least,
                                  double most);

// A number from 0 to 1.
double parse_fraction(std::string_view flag, const std::string& text);

// A rank that comes late into every timed operation: `RANK/US`.
struct Delay {
  int rank = 0;  // of the job
  double us = 0.0;
  std::string text = {};  // as given
};
Delay parse_delay(std::string_view flag, const std::string& text);

// A link's speed in GB/s (1e9 bytes a second, one direction): of one rank's port, and of a node
// with all its ranks at once where given.
struct LinkSpeed {
  double port = 0.0;
  std::optional<double> node = {};
};
// `PORT` or `PORT/NODE`.
LinkSpeed parse_link(std::string_view flag, const std::string& text);

// A recorded routing: `trace:FILE` or `trace:FILE/STEP/LAYER` (both whole numbers).
struct TraceSource {
  std::filesystem::path file;
  std::optional<StepLayer> place;  // none: the first of the file
  std::string text;                // as given
  // Names a case: as given, without the folders.
  [[nodiscard]] std::string name() const;
};
TraceSource parse_trace_source(std::string_view flag, const std::string& text);

// Bytes: a whole number with an optional K, M or G (powers of 1024).
std::size_t parse_size(std::string_view flag, const std::string& text);

// `1/N`, N from 1 to 1024.
int parse_scale(std::string_view flag, const std::string& text);

std::vector<DType> parse_dtypes(std::string_view flag, const std::string& text,
                                const std::vector<DType>& allowed);

// The index of `text` among `allowed`.
std::size_t parse_choice(std::string_view flag, const std::string& text,
                         const std::vector<std::string_view>& allowed);

}  // namespace moemark::bench
