// JSON lines: what is read, written and read again is the same.
#include <sstream>
#include <vector>

#include "parser.hpp"
#include "routing/files/trace_lines.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace moemark;
  std::vector<TraceTable> tables;
  const auto keep = [&](TraceTable&& table) { tables.push_back(std::move(table)); };
  if (!fuzz::accepted([&] { read_trace_lines(fuzz::origin, fuzz::text_of(data, size), keep); })) {
    return 0;
  }
  std::ostringstream out;
  for (const TraceTable& one : tables) {
    write_trace_line(out, one.table, one.step, one.layer, one.rank,
                     one.experts > 0 ? one.experts : most_trace_experts);
  }
  const std::vector<TraceTable> first = std::move(tables);
  tables.clear();
  read_trace_lines(fuzz::origin, out.str(), keep);
  fuzz::require(tables.size() == first.size(), "as many tables");
  for (std::size_t i = 0; i < tables.size(); ++i) {
    fuzz::require(tables[i].table.topk_ids == first[i].table.topk_ids &&
                      tables[i].table.topk_weights == first[i].table.topk_weights &&
                      tables[i].rank == first[i].rank,
                  "a table comes back as it was");
  }
  return 0;
}
