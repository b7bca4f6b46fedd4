// Says on standard error which case runs, how long it has taken, and about how long it will.
#include "report/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "model/errors.hpp"
#include "report/text_width.hpp"

namespace moemark::report {
namespace {

constexpr std::chrono::seconds least_time_between_lines{2};
constexpr std::size_t line_width = 100;  // a longer line would wrap, and could not be rewritten

std::string duration_text(std::chrono::duration<double> time) {
  const auto seconds = std::lround(time.count());
  return seconds < 120 ? fmt::format("{} s", seconds)
                       : fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
}

}  // namespace

ProgressMode parse_progress_mode(std::string_view text) {
  if (text == "auto") return ProgressMode::automatic;
  if (text == "always") return ProgressMode::always;
  if (text == "never") return ProgressMode::never;
  throw UsageError(fmt::format("--progress {}: must be auto, always or never", text));
}

Progress::Progress(ProgressMode mode, int total_cases, std::ostream& out, bool terminal,
                   Clock::time_point start)
    : mode_(mode),
      total_(total_cases),
      out_(out),
      rewrite_(mode == ProgressMode::automatic && terminal),
      start_(start) {}

Progress::~Progress() {
  clear();
}

std::string Progress::line(std::string_view name, Clock::time_point now) const {
  const std::chrono::duration<double> elapsed = now - start_;
  std::string times = fmt::format("elapsed {}", duration_text(elapsed));
  if (const int done = begun_ - 1; done > 0) {
    // Cases differ in size, so this is a guess, and is called one.
    times += fmt::format(", about {} left", duration_text(elapsed / done * (total_ - done)));
  }
  const std::string count =
      fmt::format("[{:>{}}/{}]", begun_, fmt::formatted_size("{}", total_), total_);
  const std::size_t rest = display_width(count) + display_width(times) + 2;
  const std::size_t room = line_width - std::min(rest, line_width);
  return fmt::format("{} {} {}", count, rewrite_ ? shortened(name, room) : name, times);
}

void Progress::begin_case(std::string_view name, Clock::time_point now) {
  ++begun_;
  if (mode_ == ProgressMode::never) return;
  if (rewrite_) {
    out_ << "\r\x1b[K" << line(name, now) << std::flush;
    line_open_ = true;
    return;
  }
  const bool too_soon = last_line_ && now - *last_line_ < least_time_between_lines;
  if (mode_ == ProgressMode::automatic && too_soon) return;
  last_line_ = now;
  out_ << line(name, now) << '\n' << std::flush;
}

void Progress::clear() {
  if (!line_open_) return;
  out_ << "\r\x1b[K" << std::flush;
  line_open_ = false;
}

bool stderr_is_terminal() {
  return ::isatty(STDERR_FILENO) == 1;
}

}  // namespace moemark::report
