// The hash that fingerprints routing tables and results.
#include "routing/routing_table.hpp"

namespace moemark {

std::uint64_t fnv1a(std::uint64_t state, std::span<const std::byte> bytes) {
  constexpr std::uint64_t prime = 1099511628211ULL;
  for (const std::byte byte : bytes) {
    state = (state ^ std::to_integer<std::uint64_t>(byte)) * prime;
  }
  return state;
}

}  // namespace moemark
