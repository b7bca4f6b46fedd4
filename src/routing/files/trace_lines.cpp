// Traces: routing tables as JSON lines with Megatron's field names.
#include "routing/trace.hpp"

#include <nlohmann/json.hpp>
#include <string>

namespace moemark {

void write_trace_line(std::ostream& out, const RoutingTable& table, int step, int layer, int rank,
                      int num_experts) {
  nlohmann::ordered_json line = {{"step", step},
                                 {"layer", layer},
                                 {"rank", rank},
                                 {"num_tokens", table.tokens},
                                 {"topk", table.topk},
                                 {"top_indices", nlohmann::json::array()},
                                 {"weights", nlohmann::json::array()},
                                 {"num_experts", num_experts}};
  for (int token = 0; token < table.tokens; ++token) {
    const auto ids = table.ids(token);
    const auto weights = table.weights(token);
    line["top_indices"].push_back(std::vector<int>(ids.begin(), ids.end()));
    line["weights"].push_back(std::vector<float>(weights.begin(), weights.end()));
  }
  out << line.dump() << '\n';
}

}  // namespace moemark
