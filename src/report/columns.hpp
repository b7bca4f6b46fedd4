// The one table of columns: it generates the CSV header and row, the schema and its description.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "measure/statistics.hpp"
#include "report/record.hpp"

namespace moemark::report {

// How scripts/compare judges a change of the column.
enum class Gate : std::uint8_t { none, exact, ratio, absolute };

// Where the value of a column stands in a Record; which of the pointers it is gives the type.
using Field =
    std::variant<Integer Record::*, Real Record::*, Flag Record::*, Text Record::*, Hash Record::*>;

struct Column {
  std::string_view name;
  Field field;
  std::string_view unit;  // empty = a name or a plain number
  Gate gate;
  std::string_view help;
};

struct ColumnGroup {
  std::string_view name;
  std::string_view help;
  std::vector<Column> columns;
};

// In the order of the file.
std::span<const ColumnGroup> column_groups();

std::string_view type_name(const Field& field);  // integer, real, flag, text or hash
std::string_view gate_name(Gate gate);

// Lines of the CSV, without the line break. A cell is quoted as RFC 4180 says; doubles are the
// shortest text that reads back as the same number. csv_row throws std::logic_error naming the
// column when a value is not finite or a text has a line break: such a row must never be written.
std::string csv_header();
std::string csv_row(const Record& record);

// results/schema.json (read by scripts/check-results) and results/README.md.
std::string schema_json();
std::string schema_markdown();

// Copies a launch's statistics into the time columns.
void set_times(Record& record, const measure::Summary& summary);

}  // namespace moemark::report
