// Times an interval of work on a stream: the steady clock on the host, an event pair on CUDA.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "device/stream.hpp"

namespace moemark::device {

using Microseconds = std::chrono::duration<double, std::micro>;

class StopWatch {
 public:
  StopWatch();
  ~StopWatch();
  StopWatch(const StopWatch&) = delete;
  StopWatch& operator=(const StopWatch&) = delete;

  void start(Stream& stream);
  // Marks the end; elapsed() waits for it.
  void stop(Stream& stream);
  [[nodiscard]] Microseconds elapsed() const;

  // The CSV column `clock`: steady, cuda_event or simulated.
  static std::string_view clock_name();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moemark::device
