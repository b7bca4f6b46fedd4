// One run under the names of other tools.
#include "bench/common/rows/conventions_table.hpp"

#include <fmt/format.h>

#include "bench/common/cases/case_columns.hpp"
#include "bench/common/rows/account.hpp"
#include "report/format.hpp"
#include "traffic/bandwidth_names.hpp"

namespace moemark::bench {
namespace {

using dispatcher::Direction;

// Baselines and round trips are nothing that the tools print.
bool is_one_way(const report::Record& record) {
  return record.median_us && *record.median_us > 0.0 &&
         (record.phase == "dispatch" || record.phase == "combine");
}

std::string reading(const BandwidthConvention& convention, const RoutedCase& routed,
                    const TrafficMatrices& traffic, const report::Record& record) {
  const auto direction = record.phase == "dispatch" ? Direction::dispatch : Direction::combine;
  const auto bytes =
      numerator_bytes(convention, traffic, routed.groups, row_bytes(routed.what, direction));
  if (!bytes || !record.median_us) return "-";
  return report::format_number(giga_per_second(*bytes, *record.median_us));
}

}  // namespace

report::Table conventions_table(const RoutedCase& routed, const TrafficMatrices& traffic,
                                const std::vector<report::Record>& records) {
  using report::Align;
  std::vector<report::Header> headers = {{"phase", Align::left}, {"dispatcher", Align::left}};
  const auto conventions = bandwidth_conventions();
  for (std::size_t i = 1; i <= conventions.size(); ++i) headers.push_back({fmt::format("[{}]", i)});
  report::Table table(fmt::format("GB/s as other tools print them: {}", routed.what.name), headers);
  for (const report::Record& record : records) {
    if (!is_one_way(record)) continue;
    std::vector<std::string> cells = {record.phase, record.dispatcher};
    for (const BandwidthConvention& one : conventions) {
      cells.push_back(reading(one, routed, traffic, record));
    }
    table.row(std::move(cells));
  }
  for (std::size_t i = 0; i < conventions.size(); ++i) {
    table.note(fmt::format("[{}] {}: {}", i + 1, conventions[i].name, conventions[i].formula));
  }
  table.note(
      "rows r times their bytes over our median; n assignments, u tokens a rank, v tokens a "
      "node; sources: --help");
  return table;
}

}  // namespace moemark::bench
