// The layout of --help.
#include "bench/common/options/manual_page.hpp"

#include <fmt/format.h>

#include <string_view>

#include "traffic/bandwidth_names.hpp"

namespace moemark::bench {
namespace {

constexpr std::string_view skew_help =
    "SKEW\n"
    "  uniform                         every expert alike, by chance\n"
    "  balanced                        round robin\n"
    "  lognormal:SIGMA                 best fit of real load; SIGMA or mixtral, c4, chat, code\n"
    "  zipf:A                          share of the j-th expert as j^-A\n"
    "  hot:N/F                         N experts take the share F\n"
    "  hotrank:R                       rank 0's experts take R times the mean rank's load\n"
    "  local                           every token stays with its own rank's experts (both: of "
    "the\n"
    "                                  contiguous placement, whatever the case's)\n"
    "  masked:F                        uniform, but the share F of the tokens has no expert\n"
    "  topic:K/RHO/STICK               K topics of own hot experts (RHO: how alike, 1 the same), "
    "a\n"
    "                                  mix of them a rank; a token keeps its predecessor's with\n"
    "                                  probability STICK (8/.5/.9 is a start)\n"
    "  hash                            the experts of a token are those of its word (Zipf over "
    "a\n"
    "                                  vocabulary of 32,000), looked up in a table\n"
    "  expert_choice                   every expert takes its share of a rank's tokens, its\n"
    "                                  highest-scored ones; a token has none or many experts\n"
    "  empirical:MODEL/DOMAIN/LAYER    recorded counts, e.g. olmoe/c4/7, mixtral/c4/0\n"
    "  load:FILE[/N]                   load vector N (default 0) of a trace, a table of expert\n"
    "                                  counts or a matrix of weights, layers x experts\n";

std::string conventions_help() {
  std::string text =
      "\nCONVENTIONS (--conventions; rows of rank r, then the maximum, mean or sum over ranks)\n";
  for (const BandwidthConvention& one : bandwidth_conventions()) {
    text += fmt::format("  {}\n      {}\n      {}\n", one.name, one.formula, one.source);
  }
  return text;
}

}  // namespace

std::string ManualPage::make_help(const CLI::App* app, std::string /*name*/,
                                  CLI::AppFormatMode mode) const {
  return fmt::format(
      "NAME\n  {} - {}\n\nSYNOPSIS\n  {}{}{} [OPTIONS] [--benchmark_...]\n\n"
      "DESCRIPTION\n{}\n{}{}{}\nGOOGLE BENCHMARK\n"
      "  --benchmark_filter=REGEX, --benchmark_list_tests, --benchmark_out=FILE,\n"
      "  --benchmark_out_format=FORMAT, --benchmark_format=FORMAT and its other output "
      "flags{}\n\n"
      "EXIT STATUS\n"
      "  0 ok; 1 wrong result; 2 usage; 3 run-time failure; 77 this back end's device is not"
      " here\n\nEXAMPLES\n{}\n",
      program_.name, program_.summary, program_.kernels ? "" : "mpirun -n RANKS ", program_.name,
      program_.collectives ? " [pairs | alltoallv --matrix FILE]" : "", program_.description,
      make_groups(app, mode), program_.routes ? skew_help : "",
      program_.dispatches ? conventions_help() : "",
      program_.kernels ? ",\n  --benchmark_min_time=SECONDS, --benchmark_repetitions=N" : "",
      program_.examples);
}

}  // namespace moemark::bench
