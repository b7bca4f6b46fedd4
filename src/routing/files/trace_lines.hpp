// Traces as JSON lines with the field names of Megatron's routing trace.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "routing/files/trace_table.hpp"

namespace moemark {

// Appends {"step","layer","rank","num_tokens","topk","top_indices","weights","num_experts"};
// indices are logical expert ids, one list a token.
void write_trace_line(std::ostream& out, const RoutingTable& table, int step, int layer, int rank,
                      int num_experts);

// Reads one object a line: step, layer, rank (whole numbers), num_tokens, topk, top_indices
// [num_tokens][topk], and optionally weights of that shape and num_experts. Other fields are passed
// over, blank lines too. Throws UsageError beginning with `origin` and naming the line. Memory
// beyond one line's numbers is not taken.
void read_trace_lines(const std::string& origin, std::string_view text, const TraceVisitor& visit);

}  // namespace moemark
