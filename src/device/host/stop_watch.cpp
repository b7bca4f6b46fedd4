// The host back end of StopWatch: the steady clock.
#include "device/stop_watch.hpp"

namespace moemark::device {

struct StopWatch::State {
  std::chrono::steady_clock::time_point begin;
  std::chrono::steady_clock::time_point end;
};

StopWatch::StopWatch() : state_(std::make_unique<State>()) {}
StopWatch::~StopWatch() = default;

void StopWatch::start(Stream& /*stream*/) {
  state_->begin = std::chrono::steady_clock::now();
}
void StopWatch::stop(Stream& /*stream*/) {
  state_->end = std::chrono::steady_clock::now();
}
Microseconds StopWatch::elapsed() const {
  return state_->end - state_->begin;
}
std::string_view StopWatch::clock_name() {
  return "steady";
}

}  // namespace moemark::device
