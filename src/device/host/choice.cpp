// The host back end has no device to choose.
#include "device/choice.hpp"

namespace moemark::device {

void choose_device(int /*local_rank*/, int /*ranks_on_host*/) {}
std::string device_label() {
  return "CPU";
}
int devices_per_process() {
  return 0;
}

}  // namespace moemark::device
