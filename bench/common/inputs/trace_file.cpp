// --record-trace: the routing of the run, all ranks, into one file.
#include "bench/common/inputs/trace_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "model/errors.hpp"
#include "routing/files/trace_lines.hpp"

namespace moemark::bench {

void record_trace(Launch& launch, const RoutedCase& routed, const std::filesystem::path& path) {
  std::ostringstream line;
  write_trace_line(line, routed.logical, /*step=*/0, /*layer=*/0, launch.world.rank(),
                   routed.what.experts);
  const std::string text = line.str();
  const auto all = launch.world.gather(std::as_bytes(std::span(text)));
  std::optional<std::string> failure;
  if (launch.is_root()) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(all.data()), static_cast<std::streamsize>(all.size()));
    if (!file.flush()) {
      failure = fmt::format("--record-trace: '{}' cannot be written: {}", path.string(),
                            std::strerror(errno));
    }
  }
  if (const auto first = launch.world.first_failure(failure)) throw UsageError(*first);
}

}  // namespace moemark::bench
