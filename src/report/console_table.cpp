// An aligned table for the terminal, never wider than 120 columns.
#include "report/console_table.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "report/text_width.hpp"

namespace moemark::report {
namespace {

constexpr std::size_t line_width = 120;
constexpr std::size_t gap = 2;  // blanks between columns
constexpr std::size_t least_text_width = 8;

std::string padded(const std::string& text, std::size_t width, Align align) {
  const std::string shown = shortened(text, width);
  const std::string blanks(width - display_width(shown), ' ');
  return align == Align::left ? shown + blanks : blanks + shown;
}

std::size_t total(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), std::size_t{0}) +
         (widths.empty() ? 0 : gap * (widths.size() - 1));
}

// Takes what is too much from the widest text columns, then drops columns from the end.
void fit(std::vector<std::size_t>& widths, const std::vector<Header>& headers) {
  while (total(widths) > line_width) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const bool can_shrink = headers[i].align == Align::left && widths[i] > least_text_width;
      if (can_shrink && (widest == widths.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest < widths.size()) {
      --widths[widest];
    } else {
      widths.pop_back();
    }
  }
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

Table::Table(std::string title, std::vector<Header> headers)
    : title_(std::move(title)), headers_(std::move(headers)) {}

void Table::row(std::vector<std::string> cells) {
  if (cells.size() != headers_.size()) {
    throw std::logic_error(
        fmt::format("table '{}': {} cells for {} headers", title_, cells.size(), headers_.size()));
  }
  rows_.push_back(std::move(cells));
}

void Table::note(std::string text) {
  notes_.push_back(std::move(text));
}

void Table::print(std::ostream& out, bool colour) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < headers_.size(); ++i) {
    std::size_t width = display_width(headers_[i].text);
    for (const auto& cells : rows_) width = std::max(width, display_width(cells[i]));
    widths.push_back(width);
  }
  fit(widths, headers_);

  const auto line = [&](const auto& text_of) {
    std::string text;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (i > 0) text.append(gap, ' ');
      text += padded(text_of(i), widths[i], headers_[i].align);
    }
    return trimmed(std::move(text));
  };
  const std::string_view bold = colour ? "\x1b[1m" : "";
  const std::string_view plain = colour ? "\x1b[0m" : "";
  out << bold << shortened(title_, line_width) << plain << '\n';
  out << line([&](std::size_t i) { return headers_[i].text; }) << '\n';
  out << std::string(total(widths), '-') << '\n';
  for (const auto& cells : rows_) out << line([&](std::size_t i) { return cells[i]; }) << '\n';
  for (const std::string& text : notes_) out << shortened(text, line_width) << '\n';
  if (widths.size() < headers_.size()) {
    out << "(no room for:";
    for (std::size_t i = widths.size(); i < headers_.size(); ++i) out << ' ' << headers_[i].text;
    out << ")\n";
  }
}

bool colour_wanted(int file_descriptor) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): read once, before any thread starts
  const char* no_color = std::getenv("NO_COLOR");
  return ::isatty(file_descriptor) == 1 && (no_color == nullptr || *no_color == '\0');
}

}  // namespace moemark::report
