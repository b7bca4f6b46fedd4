// The main of a single-process kernel binary.
#include "bench/common/kernels/kernel_launch.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "bench/common/cases/preset_table.hpp"
#include "bench/common/kernels/bias_balance.hpp"
#include "bench/common/kernels/comparison_table.hpp"
#include "bench/common/kernels/kernel_benchmarks.hpp"
#include "bench/common/kernels/kernel_report.hpp"
#include "bench/common/kernels/kernel_rows.hpp"
#include "comm/backend.hpp"
#include "device/choice.hpp"
#include "kernels/isa.hpp"
#include "model/errors.hpp"
#include "report/csv_writer.hpp"
#include "report/run_info.hpp"

namespace moemark::bench {
namespace {

constexpr double beyond_cache_bytes = 128.0 * (1U << 20U);
constexpr std::size_t most_copies = 256;

bool has_flag(const Options& options, std::string_view flag) {
  return std::ranges::any_of(options.google.arguments, [&](const std::string& argument) {
    return argument.starts_with(flag);
  });
}

void write_rows(const Options& options, const std::vector<std::string>& order, KernelRun& run,
                report::CsvWriter* csv) {
  for (const std::string& name : order) {
    const report::Record record = finished(run.rows.at(name));
    if (csv != nullptr) csv->write(record);
    if (record.status == "skipped" && !options.quiet) {
      std::cout << fmt::format("{}: skipped: {}\n", name, record.reason);
    }
  }
}

void write_run_json(const Options& options, const std::filesystem::path& csv, int argc, char** argv,
                    const std::optional<measure::Calibration>& machine) {
  report::RunInfo info;
  info.run_id = options.run_id;
  info.command_line.assign(argv, argv + argc);
  info.backend = std::string(comm::backend_name());
  info.kernel_isa = std::string(kernels::isa_name());
  info.topology = "host";
  if (machine) {
    info.calibration = {{"fma_gflops", machine->fma_gflops},
                        {"bf16_dot_gflops", machine->dot_gflops},
                        {"copy_GBps", machine->copy_GBps},
                        {"read_GBps", machine->read_GBps}};
  }
  report::write_run_info(std::filesystem::path(csv).replace_filename("run.json"), info);
}

void list(const std::vector<std::string>& names) {
  for (const std::string& name : names) std::cout << name << '\n';
  std::cerr << fmt::format("{} cases\n", names.size());
}

// --balance-steps: no timing.
void run_balance(int argc, char** argv, const Program& program, const std::vector<Case>& cases,
                 Options options) {
  std::vector<BalanceRun> runs = balance_runs(program, cases, options);
  std::erase_if(runs, [&](const BalanceRun& run) {
    return !filter_selects(options.google.filter, run.name);
  });
  if (options.list || options.google.list_tests) {
    std::vector<std::string> names;
    names.reserve(runs.size());
    for (const BalanceRun& run : runs) names.push_back(run.name);
    list(names);
    return;
  }
  if (options.run_id.empty()) options.run_id = report::make_run_id();
  std::optional<report::CsvWriter> csv;
  if (options.csv) {
    csv.emplace(*options.csv);
    write_run_json(options, *options.csv, argc, argv, {});
  }
  for (const BalanceRun& run : runs) balance(run, options, csv ? &*csv : nullptr);
}

void run(int argc, char** argv, const Program& program, std::vector<Kernel> kernels,
         Options options) {
  const auto presets = load_presets(data_folder() / "presets.json");
  if (options.list_presets) {
    preset_table(presets).print(std::cout);
    return;
  }
  const int ranks = options.balance.steps > 0 ? options.balance.ranks : 1;
  const std::vector<Case> cases = expand_cases(options, presets, {ranks, ranks});
  if (options.balance.steps > 0) {
    run_balance(argc, argv, program, cases, options);
    return;
  }
  if (!options.compare) {
    std::erase_if(kernels, [](const Kernel& kernel) { return !kernel.beside.empty(); });
  }
  std::vector<std::string> order;
  for (const Case& c : cases) {
    for (const Kernel& kernel : kernels) {
      const std::string name = kernel_case_name(program, kernel, c);
      if (filter_selects(options.google.filter, name)) order.push_back(name);
    }
  }
  if (options.list || options.google.list_tests) {
    list(order);
    return;
  }
  if (options.run_id.empty()) options.run_id = report::make_run_id();
  std::unique_ptr<report::CsvWriter> csv;
  if (options.csv) csv = std::make_unique<report::CsvWriter>(*options.csv);

  KernelRun kernel_run{options, {}, {}, {}, {}};
  register_all(kernel_run, kernels, cases, program);
  kernel_run.machine = measure::calibrate(kernel_run.stream);
  if (options.csv) write_run_json(options, *options.csv, argc, argv, kernel_run.machine);
  if (!options.quiet) {
    std::cout << fmt::format(
        "{} kernels; measured here: {:.1f} GFLOP/s multiply-add, copy {:.1f} GB/s, read {:.1f} "
        "GB/s; weights and rows {}\n",
        kernels::isa_name(), kernel_run.machine.fma_gflops, kernel_run.machine.copy_GBps,
        kernel_run.machine.read_GBps, options.warm ? "warm" : "cold");
  }
  initialize_google_benchmark(program.name, with_defaults(options));
  CollectingReporter reporter(kernel_run.rows, options.quiet,
                              !has_flag(options, "--benchmark_format"));
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::Shutdown();
  write_rows(options, order, kernel_run, csv.get());
  if (options.compare && !options.quiet) {
    comparison_table(program, kernels, cases, kernel_run.rows).print(std::cout);
  }
}

}  // namespace

double KernelWork::least_us(const measure::Calibration& machine) const {
  if (threads > 1) return 0.0;
  const double rate = writes ? machine.copy_GBps : machine.read_GBps;
  const double gflops = by_dot ? machine.dot_gflops : machine.fma_gflops;
  return std::max(flop / (gflops * 1e3), bytes / (rate * 1e3));
}

std::size_t cold_copies(double bytes, const Options& options) {
  if (options.warm || bytes <= 0.0) return 1;
  const auto needed = static_cast<std::size_t>(beyond_cache_bytes / bytes) + 1;
  return std::clamp<std::size_t>(needed, 1, most_copies);
}

int run_kernels(int argc, char** argv, const Program& program, const std::vector<Kernel>& kernels) {
  const auto fail = [&](const std::exception& error, int code) {
    std::cerr << fmt::format("{}: {}\n", program.name, error.what());
    return code;
  };
  try {
    Options options = parse_options(argc, argv, program);
    if (options.help) {
      std::cout << *options.help;
    } else if (options.version) {
      std::cout << report::version_text(std::string(program.name), "",
                                        std::string(kernels::isa_name()));
    } else {
      device::choose_device(/*local_rank=*/0, /*ranks_on_host=*/1);
      run(argc, argv, program, kernels, std::move(options));
    }
    return 0;
  } catch (const DeviceAbsent& error) {
    return fail(error, no_device_exit_code);
  } catch (const UsageError& error) {
    return fail(error, 2);
  } catch (const WrongResult& error) {
    return fail(error, 1);
  } catch (const std::exception& error) {
    return fail(error, 3);
  }
}

}  // namespace moemark::bench
