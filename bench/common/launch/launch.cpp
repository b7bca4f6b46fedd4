// One launch of a multi-rank binary.
#include "bench/common/launch/launch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>

#include "comm/backend.hpp"
#include "device/buffer.hpp"
#include "device/stop_watch.hpp"
#include "kernels/isa.hpp"
#include "measure/machine_state.hpp"
#include "model/errors.hpp"
#include "report/run_info.hpp"
#include "report/untimed.hpp"

namespace moemark::bench {
namespace {

constexpr double share_of_free_memory = 0.6;

report::RunInfo run_info(const Launch& launch, int argc, char** argv) {
  report::RunInfo info;
  info.run_id = launch.options.run_id;
  info.command_line.assign(argv, argv + argc);
  info.backend = std::string(comm::backend_name());
  info.mpi_version = comm::Session::library_version();
  info.kernel_isa = std::string(kernels::isa_name());
  info.topology = launch.topology_tier;
  info.ranks = launch.world.size();
  info.nodes = launch.topology.nodes();
  info.ranks_per_node = launch.topology.ranks_per_node();
  return info;
}

// Under the names of their columns; a link that does not exist has no entry.
void set_links(std::map<std::string, double>& calibration, const LinkRates& links) {
  const auto set = [&](const char* name, double rate) {
    if (rate > 0.0) calibration[name] = rate;
  };
  set("link_port_intra_GBps", links.port_intra);
  set("link_port_inter_GBps", links.port_inter);
  set("link_node_intra_GBps", links.node_intra);
  set("link_node_inter_GBps", links.node_inter);
}

// Whatever was measured: what has no clock publishes no times.
report::Record published(const Launch::RowOnLinks& row, const LinkRates& rates) {
  report::Record record = row(rates);
  if (record.clock == report::no_clock) return report::without_times(std::move(record));
  return record;
}

std::unique_ptr<std::ostream> open_samples(const std::filesystem::path& path) {
  auto file = std::make_unique<std::ofstream>(path);
  if (!*file) {
    throw UsageError(fmt::format("--samples-csv: '{}' cannot be written: {}", path.string(),
                                 std::strerror(errno)));
  }
  *file << "run_id,launch,case,round,time_us\n";
  return file;
}

}  // namespace

Launch::Launch(comm::Communicator communicator, Options run_options, const Program& the_program,
               int argc, char** argv)
    : world(std::move(communicator)),
      options(std::move(run_options)),
      program(the_program),
      hosts(world.host_of_rank()),
      topology(hosts),
      topology_tier("host"),
      watchdog_(fmt::format("{}: rank {}", program.name, world.rank()), options.timeout_seconds,
                comm::waits_can_end() ? [shared = std::make_shared<comm::Communicator>(
                                             world.share())] { shared->give_up(); }
                                      : std::function<void()>()) {
  ranks_on_host_ = topology.ranks_per_node();
  oversubscribed = measure::is_oversubscribed(world);
  if (options.ranks_per_node > 0) {
    topology = Topology::blocks(world.size(), options.ranks_per_node);
    if (topology.nodes() != hosts.nodes()) topology_tier = "logical";
  }
  if (options.run_id.empty()) options.run_id = report::make_run_id();
  options.run_id = world.broadcast(options.run_id, 0);
  open_outputs(argc, argv);
}

void Launch::open_outputs(int argc, char** argv) {
  std::optional<std::string> failure;
  if (is_root() && !options.list) {
    try {
      if (options.csv) {
        csv_ = std::make_unique<report::CsvWriter>(*options.csv);
        run_info_ = run_info(*this, argc, argv);
        write_run_json();
      }
      if (options.samples_csv) samples_ = open_samples(*options.samples_csv);
    } catch (const UsageError& error) {
      failure = error.what();
    }
  }
  if (const auto first = world.first_failure(failure)) throw UsageError(*first);
}

void Launch::write_run_json() const {
  if (!csv_) return;
  std::filesystem::path path = csv_->path();
  report::write_run_info(path.replace_filename("run.json"), run_info_);
}

report::Record Launch::base_record() const {
  report::Record record;
  record.run_id = options.run_id;
  record.launch = options.launch;
  record.bench = program.name;
  record.backend = comm::backend_name();
  record.topology = topology_tier;
  record.ranks = world.size();
  record.nodes = topology.nodes();
  record.ranks_per_node = topology.ranks_per_node();
  record.clock = device::StopWatch::clock_name();
  record.seed = static_cast<std::int64_t>(options.seed);
  record.oversubscribed = oversubscribed;
  return record;
}

report::Record Launch::emit(const report::Record& record) {
  return emit([record](const LinkRates&) { return record; });
}

report::Record Launch::emit(RowOnLinks row) {
  report::Record record = published(row, links.value_or(LinkRates{}));
  if (csv_) {
    csv_->write(record);
    if (links) rows_.push_back(std::move(row));
  }
  return record;
}

void Launch::use_links(const LinkRates& rates) {
  links = rates;
  if (!csv_) return;
  set_links(run_info_.calibration, rates);
  write_run_json();
  std::vector<report::Record> records;
  records.reserve(rows_.size());
  for (const RowOnLinks& row : rows_) records.push_back(published(row, rates));
  if (!records.empty()) csv_->replace_rows(records);
}

void Launch::record_routing(const std::string& case_name,
                            const std::map<std::string, double>& facts) {
  if (!csv_) return;
  run_info_.routing.emplace_back(case_name, facts);
  write_run_json();
}

void Launch::emit_samples(const report::Record& record, const std::vector<double>& samples_us) {
  if (!samples_ || record.clock == report::no_clock) return;
  for (std::size_t round = 0; round < samples_us.size(); ++round) {
    *samples_ << fmt::format("{},{},{},{},{}\n", record.run_id, options.launch, record.case_name,
                             round, samples_us[round]);
  }
  samples_->flush();
}

void Launch::print(const report::Table& table) {
  if (!is_root() || options.quiet) return;
  if (progress_) progress_->clear();
  table.print(std::cout, report::colour_wanted(1));
  std::cout << std::flush;
}

void Launch::print(const std::string& text) {
  if (!is_root() || options.quiet) return;
  if (progress_) progress_->clear();
  std::cout << text << std::flush;
}

void Launch::begin_case(const std::string& name, int total) {
  note("preparing", name);
  if (!is_root()) return;
  if (!progress_) {
    progress_ = std::make_unique<report::Progress>(options.progress, total, std::cerr,
                                                   report::stderr_is_terminal());
  }
  progress_->begin_case(name);
}

std::size_t Launch::memory_budget_bytes() const {
  std::size_t mine = options.memory_limit_bytes;
  if (mine == 0) {
    mine = static_cast<std::size_t>(static_cast<double>(device::free_memory_bytes()) *
                                    share_of_free_memory / ranks_on_host_);
  }
  const auto all = world.all_gather_value(mine);
  return *std::min_element(all.begin(), all.end());
}

void Launch::agree(const std::optional<std::string>& failure) const {
  if (const auto first = world.first_failure(failure)) throw WrongResult(*first);
}

void Launch::report_wrong(const std::string& case_name, const std::string& what) {
  found_wrong = true;
  if (!is_root()) return;
  if (progress_) progress_->clear();
  std::cerr << fmt::format("{}: wrong result in {}: {}\n", program.name, case_name, what);
}

}  // namespace moemark::bench
