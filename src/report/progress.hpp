// Says on standard error which case runs, how long it has taken, and about how long it will.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace moemark::report {

enum class ProgressMode : std::uint8_t {
  automatic,  // a terminal: one line, rewritten; else a line per case, at most one in 2 seconds
  always,     // a line per case
  never,
};

// Of `auto`, `always`, `never`. Throws UsageError naming --progress, the value and these three.
ProgressMode parse_progress_mode(std::string_view text);

class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  // `out` must outlive this object; `terminal` says whether a line on it can be rewritten.
  Progress(ProgressMode mode, int total_cases, std::ostream& out, bool terminal,
           Clock::time_point start = Clock::now());
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // The next case begins: "[ 3/24] dispatch/... elapsed 12 s, about 40 s left".
  void begin_case(std::string_view name, Clock::time_point now = Clock::now());
  // Takes the rewritten line away, so that a table or an error starts on a clean one.
  void clear();

 private:
  [[nodiscard]] std::string line(std::string_view name, Clock::time_point now) const;

  ProgressMode mode_;
  int total_;
  std::ostream& out_;
  bool rewrite_;
  Clock::time_point start_;
  std::optional<Clock::time_point> last_line_;
  int begun_ = 0;
  bool line_open_ = false;
};

// Whether standard error is a terminal.
bool stderr_is_terminal();

}  // namespace moemark::report
