// A device that is played on the host has no clock: its rows hold no times.
#include "device/stop_watch.hpp"

namespace moemark::device {

std::string_view StopWatch::clock_name() {
  return "none";
}

}  // namespace moemark::device
