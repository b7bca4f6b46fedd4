// Ratios of medians of one run.
#include "bench/common/kernels/comparison_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "measure/statistics.hpp"
#include "report/format.hpp"

namespace moemark::bench {
namespace {

std::optional<double> median_of(const std::map<std::string, KernelRow>& rows,
                                const std::string& name) {
  const auto found = rows.find(name);
  return found == rows.end() ? std::nullopt
                             : measure::summarise(found->second.samples_us).median_us;
}

}  // namespace

report::Table comparison_table(const Program& program, const std::vector<Kernel>& kernels,
                               const std::vector<Case>& cases,
                               const std::map<std::string, KernelRow>& rows) {
  using report::Align;
  report::Table table(
      "ours beside what people would use instead",
      {{"ours", Align::left}, {"median"}, {"beside", Align::left}, {"median"}, {"times as long"}});
  for (const Case& c : cases) {
    for (const Kernel& other : kernels) {
      if (other.beside.empty()) continue;
      const auto own = std::ranges::find(kernels, other.beside, &Kernel::name);
      const std::string name = kernel_case_name(program, *own, c);
      const auto ours = median_of(rows, name);
      const auto theirs = median_of(rows, kernel_case_name(program, other, c));
      if (!ours || !theirs) continue;
      table.row({name, report::format_time(*ours), std::string(other.name),
                 report::format_time(*theirs), fmt::format("{:.2f}", *theirs / *ours)});
    }
  }
  return table;
}

}  // namespace moemark::bench
