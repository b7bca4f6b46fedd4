// The host back end has no device to choose.
#include "device/choice.hpp"

namespace moemark::device {

void choose_device(int /*local_rank*/, int /*ranks_on_host*/) {}

DeviceFacts device_facts(int local_rank) {
  return {.devices = 0, .number = local_rank, .label = "CPU"};
}

}  // namespace moemark::device
