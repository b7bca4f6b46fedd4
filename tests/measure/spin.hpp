// Work of a known least duration: tests compare times with what is certain, never with a guess.
#pragma once

#include <chrono>
#include <cstdint>

namespace moemark::measure {

using SpinClock = std::chrono::steady_clock;

inline double microseconds_between(SpinClock::time_point from, SpinClock::time_point to) {
  return std::chrono::duration<double, std::micro>(to - from).count();
}

// Comparable between the ranks of one host: Linux has one monotonic clock for all processes.
inline std::int64_t nanoseconds_now() {
  return std::chrono::nanoseconds(SpinClock::now().time_since_epoch()).count();
}

// Keeps the processor busy; a sleep would give it to another rank. Never returns early.
inline void spin(std::chrono::microseconds least) {
  const auto start = SpinClock::now();
  while (SpinClock::now() - start < least) {
  }
}

}  // namespace moemark::measure
