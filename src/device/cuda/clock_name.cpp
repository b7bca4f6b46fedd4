// What the times of this back end are read from; alone, because a test's device has no clock.
#include "device/stop_watch.hpp"

namespace moemark::device {

std::string_view StopWatch::clock_name() {
  return "cuda_event";
}

}  // namespace moemark::device
