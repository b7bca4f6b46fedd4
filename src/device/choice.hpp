// Which device this process uses.
#pragma once

#include <string>

namespace moemark::device {

// Binds the process to its device, before anything else of this layer is used: the only one that is
// visible, else the one of this rank's place on its host. The host back end has nothing to choose.
// Throws DeviceAbsent where there is no device or no driver, UsageError where a host has more ranks
// than devices.
void choose_device(int local_rank, int ranks_on_host);

// What the chosen device is called, with its number, as nccl-tests prints it; "CPU" on the host.
std::string device_label();

// Devices that each process drives: 0 on the host.
int devices_per_process();

}  // namespace moemark::device
