// Holds the work of a stream back while the host queues it, so that a time holds none of the cost
// of queueing. Only for work that never waits for the host: the host would wait for the gate.
#pragma once

#include <memory>

#include "device/stream.hpp"

namespace moemark::device {

class Gate {
 public:
  Gate();
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // What is queued from now on waits for open(). The host's stream, which does work as it is
  // queued, has nothing to hold back.
  void close(Stream& stream);
  void open();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moemark::device
