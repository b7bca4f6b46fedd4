// The compact form, behind its magic: the routing that is chosen comes back from its own trace.
#include "parser.hpp"
#include "routing/files/recorded_routing.hpp"
#include "routing/files/trace_binary.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace moemark;
  // The magic is what no fuzzer finds.
  const std::string bytes = std::string(trace_magic) + std::string(fuzz::text_of(data, size));
  RecordedRouting routing;
  if (!fuzz::accepted([&] { routing = select_routing(fuzz::origin, bytes, std::nullopt); })) {
    return 0;
  }
  const auto again = select_routing(fuzz::origin, binary_trace(routing), std::nullopt);
  fuzz::require(again.ranks() == routing.ranks() && again.experts == routing.experts &&
                    again.weighted == routing.weighted,
                "a routing comes back");
  for (std::size_t rank = 0; rank < again.tables.size(); ++rank) {
    fuzz::require(again.tables[rank].topk_ids == routing.tables[rank].topk_ids &&
                      again.tables[rank].topk_weights == routing.tables[rank].topk_weights,
                  "a table comes back as it was");
  }
  return 0;
}
