// Reads tables of expert counts, and checks every line on the way.
#include "routing/files/counts_csv.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <system_error>
#include <tuple>

#include "model/errors.hpp"
#include "routing/files/trace_table.hpp"

namespace moemark {
namespace {

constexpr std::size_t columns = 7;
// So that no sum of counts overflows.
constexpr std::int64_t most_count = std::int64_t{1} << 40;

struct CountsLine {
  std::string_view model, domain, choice;
  std::int64_t layer = 0, expert = 0, count = 0, tokens = 0;
};

std::optional<std::int64_t> natural_number(std::string_view text) {
  std::int64_t value = 0;
  const char* end = std::to_address(text.end());
  const auto [stop, error] = std::from_chars(std::to_address(text.begin()), end, value);
  if (error != std::errc() || stop != end || value < 0 || value > most_count) return std::nullopt;
  return value;
}

std::optional<CountsLine> parse_line(std::string_view line) {
  std::array<std::string_view, columns> field;
  for (std::size_t i = 0; i < columns; ++i) {
    const auto comma = line.find(',');
    // The last field is the only one that no comma follows.
    if ((comma == std::string_view::npos) != (i + 1 == columns)) return std::nullopt;
    field[i] = line.substr(0, comma);
    if (i + 1 < columns) line.remove_prefix(comma + 1);
  }
  const auto layer = natural_number(field[2]);
  const auto expert = natural_number(field[4]);
  const auto count = natural_number(field[5]);
  const auto tokens = natural_number(field[6]);
  if (!layer || !expert || !count || !tokens || *count > *tokens) return std::nullopt;
  return CountsLine{field[0], field[1], field[3], *layer, *expert, *count, *tokens};
}

class CountsReader {
 public:
  CountsReader(const std::string& origin, std::string_view text) : origin_(origin), text_(text) {}

  std::vector<CountsVector> read() {
    if (next_line() != counts_header) fail(1, fmt::format("must be the header {}", counts_header));
    while (!text_.empty()) {
      const auto line = parse_line(next_line());
      if (!line) fail(line_, fmt::format("is not of the form {}", counts_header));
      take(*line);
    }
    for (std::size_t i = 0; i < vectors_.size(); ++i) check_sum(vectors_[i], last_line_[i]);
    return std::move(vectors_);
  }

 private:
  std::string_view next_line() {
    std::string_view line = text_.substr(0, text_.find('\n'));
    text_.remove_prefix(std::min(text_.size(), line.size() + 1));
    ++line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  void take(const CountsLine& line) {
    const auto [place, is_new] =
        index_.try_emplace({line.model, line.domain, line.choice, line.layer}, vectors_.size());
    if (is_new) {
      vectors_.push_back({std::string(line.model),
                          std::string(line.domain),
                          std::string(line.choice),
                          line.layer,
                          line.tokens,
                          {}});
      last_line_.push_back(line_);
    }
    CountsVector& vector = vectors_[place->second];
    if (line.expert != static_cast<std::int64_t>(vector.counts.size())) {
      fail(line_, fmt::format("must be of expert {}", vector.counts.size()));
    }
    if (line.expert >= most_trace_experts) {
      fail(line_, fmt::format("is beyond the {} experts allowed", most_trace_experts));
    }
    if (line.tokens != vector.tokens) {
      fail(line_, fmt::format("must have the {} tokens of its load vector", vector.tokens));
    }
    vector.counts.push_back(line.count);
    last_line_[place->second] = line_;
  }

  void check_sum(const CountsVector& vector, std::int64_t last_line) const {
    const auto sum = std::accumulate(vector.counts.begin(), vector.counts.end(), std::int64_t{0});
    if (vector.tokens == 0 || sum == 0 || sum % vector.tokens != 0) {
      fail(last_line, "ends a load vector whose counts are no multiple of its tokens");
    }
  }

  [[noreturn]] void fail(std::int64_t line, std::string_view what) const {
    throw UsageError(fmt::format("{}: line {} {}", origin_, line, what));
  }

  const std::string& origin_;
  std::string_view text_;  // what is still to read
  std::int64_t line_ = 0;
  std::vector<CountsVector> vectors_;
  std::vector<std::int64_t> last_line_;  // of each vector
  std::map<std::tuple<std::string_view, std::string_view, std::string_view, std::int64_t>,
           std::size_t>
      index_;
};

}  // namespace

std::vector<CountsVector> parse_counts(const std::string& origin, std::string_view text) {
  return CountsReader(origin, text).read();
}

}  // namespace moemark
