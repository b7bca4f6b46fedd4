// Empties the device's last cache between two measurements.
#pragma once

#include "device/buffer.hpp"

namespace moemark::device {

class CacheFlush {
 public:
  CacheFlush();

  // Queued: writes twice the cache. The host's data stay where its program has them (nothing is
  // done), as other suites of the host measure.
  void run(Stream& stream);

  // Whether run() does anything; the CSV column `warm` says the opposite.
  static bool flushes();

 private:
  Buffer memory_;
};

}  // namespace moemark::device
