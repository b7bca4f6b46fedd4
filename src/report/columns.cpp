// Everything generated from the column table: CSV header and row, schema, description.
#include "report/columns.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace moemark::report {
namespace {

std::string rfc4180(std::string_view text) {
  if (text.find_first_of(",\"") == std::string_view::npos) return std::string(text);
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + '"';
}

// One overload per type of column; `name` is for the error.
std::string cell(const Text& text, std::string_view name) {
  if (text.find_first_of("\r\n") != std::string::npos) {
    throw std::logic_error(fmt::format("column {}: a text with a line break", name));
  }
  return rfc4180(text);
}
std::string cell(const Real& value, std::string_view name) {
  if (value && !std::isfinite(*value)) {
    throw std::logic_error(fmt::format("column {}: not a finite number", name));
  }
  return value ? fmt::format("{}", *value) : "";
}
std::string cell(const Integer& value, std::string_view /*name*/) {
  return value ? fmt::format("{}", *value) : "";
}
std::string cell(const Flag& value, std::string_view /*name*/) {
  return value ? fmt::format("{:d}", *value) : "";
}
std::string cell(const Hash& value, std::string_view /*name*/) {
  return value ? fmt::format("{:016x}", *value) : "";
}

std::string gate_cell(Gate gate) {
  return gate == Gate::none ? "" : std::string(gate_name(gate));
}

}  // namespace

std::string_view type_name(const Field& field) {
  // In the order of the alternatives of Field.
  constexpr std::array<std::string_view, std::variant_size_v<Field>> names = {
      "integer", "real", "flag", "text", "hash"};
  return names.at(field.index());
}

std::string_view gate_name(Gate gate) {
  switch (gate) {
    case Gate::none:
      return "none";
    case Gate::exact:
      return "exact";
    case Gate::ratio:
      return "ratio";
    case Gate::absolute:
      return "absolute";
  }
  throw std::invalid_argument("gate_name: unknown gate");
}

std::string csv_header() {
  std::string line;
  for (const ColumnGroup& group : column_groups()) {
    for (const Column& column : group.columns) {
      if (!line.empty()) line += ',';
      line += column.name;
    }
  }
  return line;
}

std::string csv_row(const Record& record) {
  std::string line;
  bool first = true;
  for (const ColumnGroup& group : column_groups()) {
    for (const Column& column : group.columns) {
      if (!first) line += ',';
      first = false;
      line +=
          std::visit([&](auto field) { return cell(record.*field, column.name); }, column.field);
    }
  }
  return line;
}

std::string schema_json() {
  nlohmann::ordered_json columns = nlohmann::ordered_json::array();
  for (const ColumnGroup& group : column_groups()) {
    for (const Column& column : group.columns) {
      columns.push_back({{"name", column.name},
                         {"type", type_name(column.field)},
                         {"unit", column.unit},
                         {"gate", gate_name(column.gate)},
                         {"group", group.name},
                         {"help", column.help}});
    }
  }
  const nlohmann::ordered_json schema = {{"schema_version", schema_version},
                                         {"columns", std::move(columns)}};
  return schema.dump(1) + "\n";
}

std::string schema_markdown() {
  std::string page = fmt::format(
      R"(# Results: one CSV row per case x dispatcher (or baseline) x phase x launch

Generated from src/report/column_table.cpp (schema version {}); `scripts/check-results FILE...`
checks any file against it. Each run writes its own folder here, with `results.csv` and `run.json`
(what ran, where, built how), joined by `run_id`.

UTF-8, one header line, RFC 4180 quoting. Empty = not available, never 0 for unknown. A flag is 0 or
1, a hash 16 hex digits, a real number the shortest text that reads back as itself. kB, MB and GB are
powers of 1000. The time of a sample is that of the slowest rank.

Gate tier (scripts/compare): *exact* columns may not change at all; *ratio* columns are compared over
launches against the raw library reference of the same rounds; *absolute* columns are reported, and
gated only on a dedicated machine.
)",
      schema_version);
  for (const ColumnGroup& group : column_groups()) {
    page += fmt::format(
        "\n## {}: {}\n\n| column | type | unit | gate | meaning |\n|---|---|---|---|---|\n",
        group.name, group.help);
    for (const Column& column : group.columns) {
      page += fmt::format("| `{}` | {} | {} | {} | {} |\n", column.name, type_name(column.field),
                          column.unit, gate_cell(column.gate), column.help);
    }
  }
  return page;
}

void set_times(Record& record, const measure::Summary& summary) {
  record.n = summary.n;
  record.n_invalid = summary.n_invalid;
  record.min_us = summary.min_us;
  record.median_us = summary.median_us;
  record.sample_ci95_lo_us = summary.ci95_lo_us;
  record.sample_ci95_hi_us = summary.ci95_hi_us;
  record.p95_us = summary.p95_us;
  record.p99_us = summary.p99_us;
  record.max_us = summary.max_us;
  if (summary.n > 0) record.outliers = summary.outliers;
}

}  // namespace moemark::report
