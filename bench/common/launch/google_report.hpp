// Hands finished rows to Google Benchmark's reporters: each is registered with its measured time
// and reported in one pass.
#pragma once

#include <string_view>
#include <vector>

#include "bench/common/options/google_flags.hpp"
#include "report/record.hpp"

namespace moemark::bench {

// Does nothing unless one of Google Benchmark's output flags is given. Call on rank 0 only.
void report_to_google_benchmark(std::string_view program, const GoogleFlags& flags,
                                const std::vector<report::Record>& records);

}  // namespace moemark::bench
