// An aligned table for the terminal, never wider than 120 columns.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace moemark::report {

enum class Align : std::uint8_t { left, right };

struct Header {
  std::string text;
  Align align = Align::right;  // numbers; names want left
};

class Table {
 public:
  Table(std::string title, std::vector<Header> headers);

  // One cell per header; throws std::logic_error otherwise.
  void row(std::vector<std::string> cells);
  // A line under the table: conventions, the imbalance sentence.
  void note(std::string text);

  // Too wide for 120 columns: the widest left-aligned cells are shortened with "…", and if that is
  // not enough the last columns are left out and named under the table. Numbers are never cut.
  void print(std::ostream& out, bool colour = false) const;

 private:
  std::string title_;
  std::vector<Header> headers_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::string> notes_;
};

// Whether to colour what goes to this file descriptor: a terminal, and NO_COLOR is not set.
bool colour_wanted(int file_descriptor);

}  // namespace moemark::report
