// Traces on disk.
#include "bench/common/inputs/trace_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "model/errors.hpp"
#include "routing/files/recorded_file.hpp"
#include "routing/files/recorded_routing.hpp"
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

std::shared_ptr<const RecordedRouting> replayed_routing(const comm::Communicator& world,
                                                        const TraceSource& source, int ranks,
                                                        Options& options) {
  const std::string origin = fmt::format("--routing: '{}'", source.text);
  std::optional<std::string> failure;
  std::string chosen;  // this routing alone, as a compact trace
  if (world.is_root()) {
    try {
      const std::string text = read_recorded_file(origin, source.file);
      const RecordedRouting routing = select_routing(origin, text, source.place);
      if (routing.ranks() != ranks) {
        throw UsageError(fmt::format("{}: the trace has {} ranks, the job has {}; allowed: as many",
                                     origin, routing.ranks(), ranks));
      }
      chosen = binary_trace(routing);
    } catch (const UsageError& error) {
      failure = error.what();
    }
  }
  if (const auto first = world.first_failure(failure)) throw UsageError(*first);
  auto routing = std::make_shared<const RecordedRouting>(
      select_routing(origin, world.broadcast(std::move(chosen), 0), std::nullopt));
  options.tokens = {routing->tokens_max()};
  options.topk = {routing->topk};
  Skew skew;
  skew.kind = SkewKind::trace;
  skew.text = source.name();
  options.skews = {skew};
  return routing;
}

}  // namespace moemark::bench
