// Which format a file has, and the load vectors of every format.
#include "routing/files/recorded_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <numeric>
#include <system_error>
#include <utility>

#include "model/errors.hpp"
#include "routing/files/counts_csv.hpp"
#include "routing/files/trace_binary.hpp"
#include "routing/files/trace_lines.hpp"
#include "routing/files/weight_matrix.hpp"

namespace moemark {
namespace {

constexpr std::uintmax_t most_bytes = std::uintmax_t{1} << 30;

[[noreturn]] void fail(const std::string& origin, const std::string& what) {
  throw UsageError(fmt::format("{}: {}", origin, what));
}

[[noreturn]] void fail_unknown(const std::string& origin) {
  fail(origin,
       "byte 0: this is no recorded file; allowed: JSON lines or the compact form of a trace, a "
       "table of expert counts, a matrix of weights");
}

// The vectors of a file, counted from 0, of which one is wanted.
class Wanted {
 public:
  Wanted(const std::string& origin, int number) : origin_(origin), number_(number) {}

  [[nodiscard]] bool is(std::size_t number) const {
    return number == static_cast<std::size_t>(number_);
  }
  [[nodiscard]] bool is_among(std::size_t count) const {
    return count > static_cast<std::size_t>(number_);
  }
  [[noreturn]] void fail_beyond(std::size_t count) const {
    fail(origin_, fmt::format("there is no load vector {}; allowed: 0 to {}", number_,
                              static_cast<std::int64_t>(count) - 1));
  }

 private:
  const std::string& origin_;
  int number_;
};

std::vector<double> load_of_trace(const std::string& origin, std::string_view text,
                                  const Wanted& wanted) {
  std::vector<double> load;
  std::map<std::pair<int, int>, std::size_t> places;
  read_trace(origin, text, [&](TraceTable&& table) {
    const auto [place, is_new] = places.try_emplace({table.step, table.layer}, places.size());
    if (!wanted.is(place->second)) return;
    load.resize(std::max(load.size(), static_cast<std::size_t>(table.experts)));
    for (const std::int32_t id : table.table.topk_ids) {
      if (id < 0) continue;
      const auto expert = static_cast<std::size_t>(id);
      if (expert >= load.size()) load.resize(expert + 1);
      load[expert] += 1.0;
    }
  });
  if (!wanted.is_among(places.size())) wanted.fail_beyond(places.size());
  return load;
}

std::vector<double> load_of_counts(const std::string& origin, std::string_view text,
                                   const Wanted& wanted) {
  std::size_t number = 0;
  for (const CountsVector& vector : parse_counts(origin, text)) {
    if (vector.choice != "topk") continue;
    if (wanted.is(number++)) return {vector.counts.begin(), vector.counts.end()};
  }
  wanted.fail_beyond(number);
}

std::vector<double> load_of_weights(const std::string& origin, std::string_view text,
                                    const Wanted& wanted) {
  auto layers = parse_weight_matrix(origin, text);
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    if (wanted.is(layer)) return std::move(layers[layer]);
  }
  wanted.fail_beyond(layers.size());
}

std::vector<double> load_of(const std::string& origin, std::string_view text,
                            const Wanted& wanted) {
  switch (kind_of(text)) {
    case RecordedKind::counts:
      return load_of_counts(origin, text, wanted);
    case RecordedKind::weights:
      return load_of_weights(origin, text, wanted);
    case RecordedKind::trace_lines:
    case RecordedKind::trace_binary:
      return load_of_trace(origin, text, wanted);
    case RecordedKind::unknown:
      break;
  }
  fail_unknown(origin);
}

}  // namespace

RecordedKind kind_of(std::string_view text) {
  if (text.starts_with(trace_magic)) return RecordedKind::trace_binary;
  if (text.starts_with(counts_header)) return RecordedKind::counts;
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return RecordedKind::unknown;
  if (text[first] == '{') return RecordedKind::trace_lines;
  if (std::string_view("[0123456789").find(text[first]) != std::string_view::npos) {
    return RecordedKind::weights;
  }
  return RecordedKind::unknown;
}

std::string read_recorded_file(const std::string& origin, const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) fail(origin, "there is no such file");
  if (!std::filesystem::is_regular_file(status)) fail(origin, "this is no regular file");
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size > most_bytes) {
    fail(origin, error ? error.message()
                       : fmt::format("it has {} bytes; allowed: up to {}", size, most_bytes));
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(static_cast<std::size_t>(size), '\0');
  file.read(text.data(), static_cast<std::streamsize>(size));
  if (!file) fail(origin, fmt::format("cannot be read: {}", std::strerror(errno)));
  return text;
}

void read_trace(const std::string& origin, std::string_view text, const TraceVisitor& visit) {
  const RecordedKind kind = kind_of(text);
  if (kind == RecordedKind::unknown) fail_unknown(origin);
  if (kind == RecordedKind::counts || kind == RecordedKind::weights) {
    fail(origin,
         "byte 0: the file holds loads, no routing; allowed: a trace (--skew load:FILE draws from "
         "loads)");
  }
  (kind == RecordedKind::trace_lines ? read_trace_lines : read_trace_binary)(origin, text, visit);
}

std::vector<double> load_vector(const std::string& origin, std::string_view text, int number) {
  const auto load = load_of(origin, text, Wanted(origin, number));
  const double sum = std::accumulate(load.begin(), load.end(), 0.0);
  if (!(sum > 0.0) || !std::isfinite(sum)) {
    fail(origin, fmt::format("load vector {} adds up to {}", number, sum));
  }
  return load;
}

}  // namespace moemark
