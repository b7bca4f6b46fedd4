// Which processor cores a process may run on. A launcher binds each rank to a core of its own, so
// what the ranks of a host have between them is the union of their sets.
#pragma once

#include <array>
#include <cstdint>

namespace moemark::device {

struct CoreSet {
  std::array<std::uint64_t, 16> words{};  // bit c of the whole: core c; the kernel's default 1024

  [[nodiscard]] int count() const;
  CoreSet& operator|=(const CoreSet& other);
};

// Of this process; empty where the system does not tell.
CoreSet own_cores();

// Of this process and of the one that started it: before ranks can talk to each other, what the
// launcher has to give them.
CoreSet job_cores();

}  // namespace moemark::device
