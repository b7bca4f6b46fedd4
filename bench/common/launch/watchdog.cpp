// Ends a run that hangs.
#include "bench/common/launch/watchdog.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace moemark::bench {
namespace {

constexpr int ticks_of_limit = 20;
constexpr std::chrono::seconds grace(1);

}  // namespace

Watchdog::Watchdog(std::string who, double limit_seconds, std::function<void()> end_waits)
    : who_(std::move(who)), limit_seconds_(limit_seconds), end_waits_(std::move(end_waits)) {
  if (limit_seconds > 0.0) thread_ = std::thread([this] { watch(); });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  ended_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::note(std::string_view stage, std::string_view operation) {
  const std::lock_guard lock(mutex_);
  quiet_ticks_ = 0;
  stage_.assign(stage);
  operation_.assign(operation);
}

// Counts ticks instead of reading a clock: time that passed while the process was stopped is one.
void Watchdog::watch() {
  const std::chrono::duration<double> tick(limit_seconds_ / ticks_of_limit);
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, tick, [this] { return end_; })) {
    if (++quiet_ticks_ >= ticks_of_limit) fire(lock);
  }
}

// The main thread may be inside MPI, so MPI_Abort is out of reach: the launcher sees a process that
// left without MPI_Finalize, ends the others and passes the exit code on.
void Watchdog::fire(std::unique_lock<std::mutex>& lock) {
  const std::string text =
      fmt::format("{}: no progress for {:.3g} s while {} {}: the run is ended (--timeout)\n", who_,
                  limit_seconds_, stage_, operation_);
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
  if (end_waits_) {
    end_waits_();
    if (ended_.wait_for(lock, grace, [this] { return end_; })) return;  // main ends the job
  }
  std::_Exit(exit_code);
}

}  // namespace moemark::bench
