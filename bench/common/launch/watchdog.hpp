// Ends a run that hangs: says which stage of which operation made no progress, then exits.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace moemark::bench {

class Watchdog {
 public:
  static constexpr int exit_code = 3;

  // Fires after `limit_seconds` without a sign of progress; 0: never. `who` begins its sentence.
  // Seconds count while the process runs: one that was stopped and goes on is not ended for it.
  // `end_waits`, if any, is called first, and the process given a second to end by itself: work on
  // a device is then aborted in the library's own way.
  Watchdog(std::string who, double limit_seconds, std::function<void()> end_waits = {});
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // A sign of progress, and what begins now.
  void note(std::string_view stage, std::string_view operation);

 private:
  void watch();
  void fire(std::unique_lock<std::mutex>& lock);

  const std::string who_;
  const double limit_seconds_;
  const std::function<void()> end_waits_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  int quiet_ticks_ = 0;
  std::string stage_ = "starting";
  std::string operation_;
  std::thread thread_;  // last: it uses all the others
};

}  // namespace moemark::bench
