// The lines of nccl-tests' table: operations timed and checked in its way.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/common/launch/launch.hpp"
#include "bench/common/rows/case_rows.hpp"
#include "dispatcher/baselines/baselines.hpp"
#include "report/nccl_tests_table.hpp"
#include "report/record.hpp"

namespace moemark::bench {

// One line of the table.
struct NcclTestsOperation {
  Row row;                   // named, with its exact columns
  std::size_t bytes = 0;     // as nccl-tests counts the size
  std::size_t count = 0;     // elements of the call
  bool reduces = false;      // redop `sum`, else `none`
  double algbw_bytes = 0.0;  // numerator
  double bus_factor = 1.0;
  bool one_pair = false;  // a ping-pong: rank 0's time, whatever -a says
  std::function<dispatcher::Baseline()> make;
  std::function<dispatcher::Baseline()> make_in_place;  // none: the second half repeats the first
  std::function<float(std::size_t)> delivers;           // float i of this rank's output
};

// The table of one operation over sizes. nccl-tests prints a second time for operations without a
// form in place too, with N/A for #wrong, and what reads its table drops lines without that number:
// so such an operation is run out of place again.
class NcclTestsTable {
 public:
  NcclTestsTable(Launch& launch, std::string name) : launch_(launch), name_(std::move(name)) {}

  // Collective. Times and checks both halves, prints the line, emits a row for each half that is a
  // case of its own.
  void measure(const NcclTestsOperation& operation);
  void skip(Row row, const std::string& reason);
  // Prints the footer, if there is anything above it.
  void finish();

  [[nodiscard]] const std::vector<report::Record>& records() const { return records_; }

 private:
  void print_head();
  report::NcclTestsHalf measure_half(const NcclTestsOperation& operation, bool in_place);
  // Wrong floats of all ranks; nothing with --check 0.
  std::optional<std::int64_t> check(const NcclTestsOperation& operation,
                                    dispatcher::Baseline& baseline);
  void emit(Row row, std::optional<std::int64_t> wrong);

  Launch& launch_;
  std::string name_;
  std::vector<report::Record> records_;
  bool has_head_ = false;
  std::int64_t wrong_ = 0;
  double busbw_sum_ = 0.0;
  int halves_ = 0;
};

}  // namespace moemark::bench
