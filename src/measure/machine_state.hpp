// What the machine did to a measurement: cores it had, interruptions, time stolen by neighbours.
#pragma once

#include <cstdint>

#include "comm/communicator.hpp"

namespace moemark::measure {

// Collective: whether any host has more ranks than cores that they may use between them.
bool is_oversubscribed(const comm::Communicator& world);

// How often the scheduler has taken the processor from this process since it began.
std::int64_t involuntary_switches();

// Jiffies since boot over all processors; zeros where the system does not tell.
struct ProcessorTime {
  std::int64_t total = 0;
  std::int64_t stolen = 0;  // by the hypervisor, for others
};
ProcessorTime processor_time();

// A row is `noisy` when more than 2 % of the processor time was stolen, or when, with enough cores
// for all ranks, a rank lost its processor more than once in ten samples.
bool is_noisy(const ProcessorTime& before, const ProcessorTime& after, bool oversubscribed,
              std::int64_t switches, std::int64_t samples);

}  // namespace moemark::measure
