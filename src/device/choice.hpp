// Which device this process uses.
#pragma once

#include <string>

namespace moemark::device {

// Binds the process to its device, before anything else of this layer is used: the only one that is
// visible, else the one of this rank's place on its host. The host back end has nothing to choose.
// Throws DeviceAbsent where there is no device or no driver, UsageError where a host has more ranks
// than devices.
void choose_device(int local_rank, int ranks_on_host);

// How nccl-tests counts and names what was chosen.
struct DeviceFacts {
  int devices = 0;    // that a process drives: none on the host
  int number = 0;     // of the device; the place on its host where there is none
  std::string label;  // "[0000:07:00] NVIDIA H100", "CPU"
};
DeviceFacts device_facts(int local_rank);

}  // namespace moemark::device
