// Traces: routing tables as JSON lines with Megatron's field names.
#pragma once

#include <ostream>

#include "routing/routing_table.hpp"

namespace moemark {

// Appends {"step","layer","rank","num_tokens","topk","top_indices","weights","num_experts"};
// indices are logical expert ids, one list a token.
void write_trace_line(std::ostream& out, const RoutingTable& table, int step, int layer, int rank,
                      int num_experts);

}  // namespace moemark
