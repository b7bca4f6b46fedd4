// Reads one load vector from the counts file, and checks every line on the way.
#include "routing/expert_counts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "model/errors.hpp"

namespace moemark {
namespace {

constexpr std::string_view header = "model,domain,layer,choice,expert,count,tokens";
constexpr std::size_t columns = 7;

struct CountsLine {
  std::string_view model, domain, choice;
  std::int64_t layer = 0, expert = 0, count = 0, tokens = 0;
};

std::optional<std::int64_t> natural_number(std::string_view text) {
  std::int64_t value = 0;
  const char* end = std::to_address(text.end());
  const auto [stop, error] = std::from_chars(std::to_address(text.begin()), end, value);
  if (error != std::errc() || stop != end || value < 0) return std::nullopt;
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

// The file ends lines with CR LF.
std::string_view without_carriage_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view recorded_name(std::string_view model) {
  if (model == "olmoe") return "olmoe-1b-7b-0924";
  if (model == "mixtral") return "mixtral-8x7b-v0.1";
  return model;
}

void add_once(std::vector<std::string>& list, std::string item) {
  if (std::ranges::find(list, item) == list.end()) list.push_back(std::move(item));
}

// Collects the wanted vector, and what there is to want in case it is not there.
class CountsReader {
 public:
  CountsReader(const Skew& skew, const std::filesystem::path& file)
      : skew_(skew), file_(file.string()), model_(recorded_name(skew.model)) {}

  void read_line(std::int64_t line_number, std::string_view line) {
    const auto parsed = parse_line(line);
    if (!parsed) fail(line_number, fmt::format("is not of the form {}", header));
    if (parsed->choice != "topk") return;
    add_once(models_, std::string(parsed->model));
    if (parsed->model != model_) return;
    add_once(vectors_, fmt::format("{}/{}", parsed->domain, parsed->layer));
    if (parsed->domain == skew_.domain && parsed->layer == skew_.layer) take(line_number, *parsed);
  }

  std::vector<std::int64_t> finish() {
    if (counts_.empty()) refuse();
    // Each token counts k times: a lost line shows as a fraction.
    const auto sum = std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
    if (tokens_ == 0 || sum == 0 || sum % tokens_ != 0) {
      fail(last_line_, "ends a load vector whose counts are no multiple of its tokens");
    }
    return counts_;
  }

  [[noreturn]] void fail(std::int64_t line_number, std::string_view what) const {
    throw UsageError(fmt::format("{}: line {} {}", file_, line_number, what));
  }

 private:
  void take(std::int64_t line_number, const CountsLine& line) {
    if (line.expert != static_cast<std::int64_t>(counts_.size())) {
      fail(line_number, fmt::format("must be of expert {}", counts_.size()));
    }
    if (!counts_.empty() && line.tokens != tokens_) {
      fail(line_number, fmt::format("must have the {} tokens of its load vector", tokens_));
    }
    counts_.push_back(line.count);
    tokens_ = line.tokens;
    last_line_ = line_number;
  }

  [[noreturn]] void refuse() const {
    if (vectors_.empty()) {
      throw UsageError(fmt::format(
          "--skew: '{}': no loads of model '{}' are recorded; recorded: olmoe mixtral {}",
          skew_.text, skew_.model, fmt::join(models_, " ")));
    }
    throw UsageError(fmt::format("--skew: '{}': '{}/{}' is not recorded; recorded for {}: {}",
                                 skew_.text, skew_.domain, skew_.layer, skew_.model,
                                 fmt::join(vectors_, " ")));
  }

  const Skew& skew_;
  std::string file_;
  std::string model_;
  std::vector<std::string> models_;
  std::vector<std::string> vectors_;
  std::vector<std::int64_t> counts_;
  std::int64_t tokens_ = 0;
  std::int64_t last_line_ = 0;
};

}  // namespace

std::vector<std::int64_t> recorded_counts(const Skew& skew, const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream.is_open() || std::filesystem::is_directory(file)) {
    throw UsageError(fmt::format("expert counts file {} cannot be read", file.string()));
  }
  CountsReader reader(skew, file);
  std::string line;
  std::getline(stream, line);
  if (without_carriage_return(line) != header) {
    reader.fail(1, fmt::format("must be the header {}", header));
  }
  for (std::int64_t number = 2; std::getline(stream, line); ++number) {
    reader.read_line(number, without_carriage_return(line));
  }
  return reader.finish();
}

}  // namespace moemark
