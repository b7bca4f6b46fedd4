// How a strategy's exchanges go about it: an axis beside the strategies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "comm/transport.hpp"

namespace moemark::dispatcher {

struct Exchange {
  // library: the collective call. pairwise: R - 1 rounds, one in flight. window: rounds with so
  // many in flight. per_expert: one exchange for each expert of a rank, landing expert by expert.
  enum class Schedule : std::uint8_t { library, pairwise, window, per_expert };
  // How ranks learn what arrives: everybody's counts for everybody, or for itself alone.
  enum class Counts : std::uint8_t { alltoall, allgather };

  Schedule schedule = Schedule::library;
  int window = 0;  // rounds in flight of Schedule::window
  Counts counts = Counts::alltoall;

  // Of each exchange of rows; those of per_expert are library calls.
  [[nodiscard]] comm::Schedule rows() const {
    if (schedule == Schedule::pairwise) return comm::Schedule::rounds(1);
    return schedule == Schedule::window ? comm::Schedule::rounds(window)
                                        : comm::Schedule::library();
  }
  friend bool operator==(const Exchange&, const Exchange&) = default;
};

// As the command line and the CSV spell them: library, pairwise, window:W, per_expert.
std::string schedule_name(const Exchange& exchange);
std::string_view counts_name(const Exchange& exchange);

// Which of these a strategy has; everybody has the library's call.
struct Exchanges {
  bool schedules = false;  // pairwise and window
  bool per_expert = false;
  bool counts = false;  // both ways; else it exchanges none, or in its own way

  // Why `exchange` is not among them; nothing: it is.
  [[nodiscard]] std::optional<std::string> obstacle(const Exchange& exchange) const;
};

}  // namespace moemark::dispatcher
