// What placements do to one workload: load, time and the price of getting there, side by side.
#pragma once

#include <string>
#include <vector>

#include "bench/common/cases/cases.hpp"
#include "report/console_table.hpp"
#include "report/record.hpp"

namespace moemark::bench {

class BalanceTables {
 public:
  // A case and its rows, in the order of the run.
  void add(const Case& c, const std::vector<report::Record>& records);

  // One table for each workload that ran in several placements.
  [[nodiscard]] std::vector<report::Table> tables() const;

 private:
  struct Line {
    Case what;
    std::vector<report::Record> records;
  };
  struct Workload {
    std::string name;  // of its cases, without the placement
    std::vector<Line> lines;
  };
  [[nodiscard]] static report::Table table_of(const Workload& workload);

  std::vector<Workload> workloads_;
};

}  // namespace moemark::bench
