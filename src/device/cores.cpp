// Which processor cores a process may run on (Linux).
#include "device/cores.hpp"

#include <sched.h>
#include <sys/types.h>
#include <unistd.h>

#include <bit>
#include <cstddef>
#include <cstring>

namespace moemark::device {
namespace {

CoreSet cores_of(pid_t process) {
  CoreSet cores;
  cpu_set_t set;
  CPU_ZERO(&set);
  static_assert(sizeof set == sizeof cores.words);
  if (::sched_getaffinity(process, sizeof set, &set) == 0) {
    std::memcpy(cores.words.data(), &set, sizeof set);
  }
  return cores;
}

}  // namespace

int CoreSet::count() const {
  int bits = 0;
  for (const std::uint64_t word : words) bits += std::popcount(word);
  return bits;
}

CoreSet& CoreSet::operator|=(const CoreSet& other) {
  for (std::size_t i = 0; i < words.size(); ++i) words[i] |= other.words[i];
  return *this;
}

CoreSet own_cores() {
  return cores_of(0);
}

CoreSet job_cores() {
  CoreSet cores = own_cores();
  return cores |= cores_of(::getppid());
}

}  // namespace moemark::device
