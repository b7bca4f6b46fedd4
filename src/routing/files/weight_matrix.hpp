// The weights that load balancers plan on: layers x experts, as JSON or as comma-separated lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace moemark {

// [layers][experts], e.g. "[[90,132,40],[20,107,104]]", or "90,132,40\n20,107,104\n". At least one
// layer and one expert; every layer has the same experts; weights are finite and not negative.
// Throws UsageError beginning with `origin` and naming the byte.
std::vector<std::vector<double>> parse_weight_matrix(const std::string& origin,
                                                     std::string_view text);

}  // namespace moemark
