// Google Benchmark's own flags: taken out of the command line and checked before the library sees
// them, because it ends the program (with exit code 0) on what it does not like.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace moemark::bench {

struct GoogleFlags {
  std::vector<std::string> arguments;  // as given, `--benchmark_...`
  std::string filter;                  // --benchmark_filter, empty = everything
  bool list_tests = false;
  bool has_output = false;  // --benchmark_out or --benchmark_format: its reporters are wanted
};

// Removes the `--benchmark_...` arguments from `arguments`. In a multi-rank binary the Sampler owns
// repetition, so repetitions and interleaving are refused. Throws UsageError.
GoogleFlags take_google_flags(std::vector<std::string>& arguments, bool multi_rank);

// Whether `filter` (a regular expression; `-` in front inverts it) selects `name`.
// Throws UsageError when it is not a regular expression.
bool filter_selects(const std::string& filter, const std::string& name);

// Hands the flags to the library, which keeps a pointer to the program's name: a literal.
void initialize_google_benchmark(std::string_view program, const GoogleFlags& flags);

}  // namespace moemark::bench
