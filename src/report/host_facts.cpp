// What machine this is, as far as a result depends on it; never its name or address.
#include "report/host_facts.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <string_view>

#include "device/cores.hpp"

namespace moemark::report {
namespace {

// The value of the first line `key<blanks>SEPARATOR value`, without quotes.
std::string value_in_file(const char* path, std::string_view key, char separator) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    std::string value = line.substr(line.find(separator) + 1);
    value.erase(0, value.find_first_not_of(" \t\""));
    value.erase(value.find_last_not_of(" \t\"") + 1);
    return value;
  }
  return "unknown";
}

}  // namespace

HostFacts host_facts() {
  utsname names{};
  const bool named = ::uname(&names) == 0;
  return {
      .cpu = value_in_file("/proc/cpuinfo", "model name", ':'),
      .cores_usable = device::job_cores().count(),
      .memory_bytes = std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE),
      .os = value_in_file("/etc/os-release", "PRETTY_NAME", '='),
      .kernel = named ? std::string(names.sysname) + ' ' + names.release + ' ' + names.machine
                      : "unknown",
  };
}

}  // namespace moemark::report
