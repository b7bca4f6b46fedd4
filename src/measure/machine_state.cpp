// What the machine did to a measurement.
#include "measure/machine_state.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <fstream>
#include <string>

namespace moemark::measure {

int usable_cores() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  return sched_getaffinity(0, sizeof usable, &usable) == 0 ? CPU_COUNT(&usable) : 1;
}

std::int64_t involuntary_switches() {
  rusage usage{};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_nivcsw : 0;
}

ProcessorTime processor_time() {
  // First line of /proc/stat: cpu user nice system idle iowait irq softirq steal ...
  constexpr int fields = 8;
  constexpr int steal_field = 7;
  std::ifstream stat("/proc/stat");
  std::string label;
  stat >> label;
  ProcessorTime time;
  for (int field = 0; field < fields; ++field) {
    std::int64_t jiffies = 0;
    if (!(stat >> jiffies)) return {};
    time.total += jiffies;
    if (field == steal_field) time.stolen = jiffies;
  }
  return time;
}

bool is_noisy(const ProcessorTime& before, const ProcessorTime& after, bool oversubscribed,
              std::int64_t switches, std::int64_t samples) {
  const auto total = static_cast<double>(after.total - before.total);
  const auto stolen = static_cast<double>(after.stolen - before.stolen);
  if (total > 0.0 && stolen / total > 0.02) return true;
  return !oversubscribed && samples > 0 && switches * 10 > samples;
}

}  // namespace moemark::measure
