// Tables of recorded expert counts, as data/expert-counts.csv.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace moemark {

constexpr std::string_view counts_header = "model,domain,layer,choice,expert,count,tokens";

// How often each expert of one recording was chosen.
struct CountsVector {
  std::string model, domain, choice;
  std::int64_t layer = 0;
  std::int64_t tokens = 0;           // of the recording
  std::vector<std::int64_t> counts;  // [experts]
};

// All vectors, in the order of their first lines. Lines end with LF or CR LF. Throws UsageError
// beginning with `origin` and naming the line: a wrong header or form, numbers beyond 2^40, experts
// out of order, lines of one vector that differ in tokens, counts that are no multiple of the
// tokens (each token counts k times: a lost line shows as a fraction).
std::vector<CountsVector> parse_counts(const std::string& origin, std::string_view text);

}  // namespace moemark
