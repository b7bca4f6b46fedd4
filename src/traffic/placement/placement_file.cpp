// The reader of placement files. Flat, so that no nesting of a hostile file can exhaust anything.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>
#include <vector>

#include "model/errors.hpp"
#include "traffic/placement/placement.hpp"

namespace moemark {
namespace {

constexpr int most_experts = 65536;

class Reader {
 public:
  Reader(std::string_view origin, std::string_view text) : origin_(origin), text_(text) {}

  std::vector<std::int32_t> list() {
    expect('[', "a list in [ ]");
    std::vector<std::int32_t> numbers = {number()};
    while (next() == ',') {
      ++at_;
      numbers.push_back(number());
    }
    expect(']', "',' or ']'");
    if (next() != end) refuse("nothing behind the list");
    return numbers;
  }

 private:
  static constexpr int end = -1;

  // The next character that is not blank.
  int next() {
    constexpr std::string_view blanks = " \t\r\n";
    at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size());
    return at_ == text_.size() ? end : static_cast<unsigned char>(text_[at_]);
  }

  void expect(char wanted, std::string_view allowed) {
    if (next() != wanted) refuse(allowed);
    ++at_;
  }

  std::int32_t number() {
    next();
    const std::string_view rest = text_.substr(at_);
    std::int32_t value = 0;
    const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    const auto digits = static_cast<std::size_t>(stop - rest.data());
    const bool leading_zero = digits > 1 && rest.front() == '0';
    if (error != std::errc{} || rest.front() == '-' || leading_zero || value >= most_experts) {
      refuse(fmt::format("a whole number from 0 to {}", most_experts - 1));
    }
    at_ += digits;
    return value;
  }

  [[noreturn]] void refuse(std::string_view allowed) const {
    std::string found = "the end";
    if (at_ < text_.size()) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      const bool printable = byte > 0x20 && byte < 0x7f;
      found = printable ? fmt::format("'{}'", text_[at_]) : fmt::format("0x{:02x}", byte);
    }
    throw UsageError(fmt::format("{}: byte {} is {}; allowed: {}", origin_, at_, found, allowed));
  }

  std::string_view origin_;
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

ExpertSlots parse_placement_file(std::string_view origin, std::string_view text) {
  std::vector<std::int32_t> experts = Reader(origin, text).list();
  std::vector<bool> placed(static_cast<std::size_t>(std::ranges::max(experts)) + 1, false);
  for (const std::int32_t expert : experts) placed[static_cast<std::size_t>(expert)] = true;
  if (const auto none = std::ranges::find(placed, false); none != placed.end()) {
    throw UsageError(
        fmt::format("{}: expert {} has no slot; allowed: each of 0 to {} at least once", origin,
                    none - placed.begin(), placed.size() - 1));
  }
  return ExpertSlots(std::move(experts));
}

}  // namespace moemark
