// What the machine did to a measurement.
#include "measure/machine_state.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "device/cores.hpp"

namespace moemark::measure {
namespace {

struct Host {
  int ranks = 0;
  device::CoreSet cores;
};

}  // namespace

bool is_oversubscribed(const comm::Communicator& world) {
  const std::vector<int> host_of = world.host_of_rank();
  const auto cores_of = world.all_gather_value(device::own_cores());
  std::map<int, Host> hosts;
  for (std::size_t rank = 0; rank < host_of.size(); ++rank) {
    Host& host = hosts[host_of[rank]];
    ++host.ranks;
    host.cores |= cores_of[rank];
  }
  return std::ranges::any_of(hosts, [](const auto& entry) {
    const Host& host = entry.second;
    return host.cores.count() > 0 && host.ranks > host.cores.count();
  });
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
