// What machine this is, as far as a result depends on it; never its name or address.
#pragma once

#include <cstdint>
#include <string>

namespace moemark::report {

struct HostFacts {
  std::string cpu;       // model name, "unknown" if the system does not say
  int cores_usable = 0;  // that the ranks of this host may run on
  std::int64_t memory_bytes = 0;
  std::string os;      // distribution
  std::string kernel;  // system and release
};

HostFacts host_facts();

}  // namespace moemark::report
