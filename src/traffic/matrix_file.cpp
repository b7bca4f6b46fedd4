// Writing and reading traffic matrices.
#include "traffic/matrix_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <sstream>
#include <vector>

#include "model/errors.hpp"

namespace moemark {
namespace {

constexpr double most_bytes = 9007199254740992.0;  // 2^53: beyond, doubles skip whole numbers

std::int64_t parse_bytes(std::string_view origin, int line, const std::string& text) {
  double value = -1.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool number = error == std::errc{} && end == text.data() + text.size();
  const bool in_range = value >= 0.0 && value <= most_bytes;  // not a NaN either
  if (!number || !in_range) {
    throw UsageError(fmt::format("{}: line {}: '{}' is not allowed; allowed: bytes from 0 to 2^53",
                                 origin, line, text));
  }
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::string matrix_text(const CountMatrix& rows, std::size_t row_bytes) {
  std::string text;
  std::vector<std::int64_t> bytes(static_cast<std::size_t>(rows.columns()));
  for (int source = 0; source < rows.rows(); ++source) {
    for (std::size_t d = 0; d < bytes.size(); ++d) {
      bytes[d] = rows.row(source)[d] * static_cast<std::int64_t>(row_bytes);
    }
    text += fmt::format("{}\n", fmt::join(bytes, " "));
  }
  return text;
}

CountMatrix parse_matrix(std::string_view origin, const std::string& text, int ranks) {
  CountMatrix matrix(ranks, ranks);
  const auto refuse = [&](const std::string& found) {
    throw UsageError(fmt::format("{}: {}; allowed: {} lines of {} numbers, as the job has {} ranks",
                                 origin, found, ranks, ranks, ranks));
  };
  std::istringstream lines(text);
  std::string line;
  int source = 0;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    std::string word;
    int destination = 0;
    for (; words >> word; ++destination) {
      const std::int64_t bytes = parse_bytes(origin, number, word);
      if (source < ranks && destination < ranks) matrix.at(source, destination) = bytes;
    }
    if (destination == 0) continue;  // an empty line
    if (destination != ranks) refuse(fmt::format("line {} has {} numbers", number, destination));
    ++source;
  }
  if (source != ranks) refuse(fmt::format("it has {} lines of numbers", source));
  return matrix;
}

}  // namespace moemark
