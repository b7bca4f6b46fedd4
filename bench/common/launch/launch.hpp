// One launch of a multi-rank binary: MPI, options, where the ranks are, and where results go.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bench/common/launch/watchdog.hpp"
#include "bench/common/options/options.hpp"
#include "comm/communicator.hpp"
#include "device/stream.hpp"
#include "dispatcher/strategy.hpp"
#include "report/console_table.hpp"
#include "report/csv_writer.hpp"
#include "report/progress.hpp"
#include "report/record.hpp"
#include "report/run_info.hpp"
#include "traffic/lower_bound.hpp"
#include "traffic/topology.hpp"

namespace moemark::bench {

class Launch {
 public:
  // Collective. Opens the outputs on rank 0 before anything runs; every rank learns of a failure.
  Launch(comm::Communicator communicator, Options run_options, const Program& program, int argc,
         char** argv);

  const comm::Communicator world;
  Options options;
  const Program& program;
  const Topology hosts;            // of the job
  Topology topology;               // the same, or logical nodes
  std::string topology_tier;       // the CSV column: host, or logical nodes on it
  std::optional<LinkRates> links;  // what bounds are computed on, once known
  device::Stream stream;
  bool oversubscribed = false;
  std::vector<dispatcher::Strategy> strategies;  // of dispatch_perf, in the order given
  bool found_wrong = false;  // some case had a wrong result: the exit code will be 1

  [[nodiscard]] bool is_root() const { return world.is_root(); }
  // The factors that every row of the run shares.
  [[nodiscard]] report::Record base_record() const;
  // Writes a row on rank 0 (other ranks pass nothing on).
  report::Record emit(const report::Record& record);
  // A row with bounds, which it has on any links: written at once on those known now, and anew by
  // use_links(). Returns the row as written.
  using RowOnLinks = std::function<report::Record(const LinkRates&)>;
  report::Record emit(RowOnLinks row);
  // From now on, and for the rows that were written: these links. They stand in run.json too. No
  // row may have been written before the first call.
  void use_links(const LinkRates& rates);
  // Facts about a case's load that no column has, for run.json.
  void record_routing(const std::string& case_name, const std::map<std::string, double>& facts);
  void emit_samples(const report::Record& record, const std::vector<double>& samples_us);
  // Prints on rank 0, unless --quiet.
  void print(const report::Table& table);
  void print(const std::string& text);  // lines, each with its end
  void begin_case(const std::string& name, int total);
  // A sign of progress for the watchdog, and what this rank begins now.
  void note(std::string_view stage, std::string_view operation) {
    watchdog_.note(stage, operation);
  }
  // Bytes that a rank may allocate for a case: --memory-limit, or its share of 60 % of the host's
  // free memory; the smallest over ranks.
  [[nodiscard]] std::size_t memory_budget_bytes() const;
  // Throws WrongResult on every rank when any rank has a failure; collective.
  void agree(const std::optional<std::string>& failure) const;
  // Says on rank 0 what is wrong with a case; the run goes on and ends with exit code 1.
  void report_wrong(const std::string& case_name, const std::string& what);

 private:
  void open_outputs(int argc, char** argv);
  void write_run_json() const;

  std::unique_ptr<report::CsvWriter> csv_;
  report::RunInfo run_info_;
  std::vector<RowOnLinks> rows_;  // all that were written since there are links
  std::unique_ptr<std::ostream> samples_;
  std::unique_ptr<report::Progress> progress_;
  int ranks_on_host_ = 1;
  Watchdog watchdog_;
};

// The whole main of a multi-rank binary: starts MPI, parses, runs `body`, turns errors into one
// sentence and the exit code (0 ok, 1 wrong result, 2 usage, 3 run-time failure).
int run_launch(int argc, char** argv, const Program& program,
               const std::function<void(Launch&)>& body);

}  // namespace moemark::bench
