// Placements on disk.
#include "bench/common/inputs/placement_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "model/errors.hpp"

namespace moemark::bench {

void read_placements(Launch& launch) {
  for (Placement& placement : launch.options.placements) {
    if (placement.kind != PlacementKind::file) continue;
    const std::string origin = fmt::format("--placement: '{}'", placement.path());
    std::optional<std::string> failure;
    std::ostringstream text;
    if (launch.is_root()) {
      std::ifstream file(placement.path(), std::ios::binary);
      if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
      if (!file.is_open() || file.bad()) {
        failure = fmt::format("{} cannot be read: {}", origin, std::strerror(errno));
      }
    }
    if (const auto first = launch.world.first_failure(failure)) throw UsageError(*first);
    placement.in_file = parse_placement_file(origin, launch.world.broadcast(text.str(), 0));
  }
}

}  // namespace moemark::bench
