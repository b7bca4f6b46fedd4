// The main of a single-process kernel binary.
#include "bench/common/kernel_launch.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <new>

#include "bench/common/kernel_report.hpp"
#include "bench/common/preset_table.hpp"
#include "device/stop_watch.hpp"
#include "kernels/isa.hpp"
#include "model/errors.hpp"
#include "report/csv_writer.hpp"
#include "report/run_info.hpp"

namespace moemark::bench {
namespace {

constexpr double beyond_cache_bytes = 128.0 * (1U << 20U);
constexpr std::size_t most_copies = 256;
constexpr int default_repetitions = 5;
constexpr double least_seconds = 0.02;  // of a repetition

std::string kernel_case_name(const Program& program, const Kernel& kernel, const Case& c) {
  const std::string bench(program.name.substr(0, program.name.rfind("_perf")));
  return fmt::format("{}/{}/{}", bench, kernel.name, c.name.substr(0, c.name.rfind("/nodes")));
}

report::Record kernel_record(const Program& program, const Kernel& kernel, const Case& c,
                             const Options& options) {
  report::Record record;
  record.run_id = options.run_id;
  record.launch = options.launch;
  record.case_name = kernel_case_name(program, kernel, c);
  record.bench = program.name;
  record.phase = kernel.name;
  record.backend = "mpi";
  record.topology = "host";
  record.ranks = 1;
  record.preset = c.preset.name;
  record.scale = fmt::format("1/{}", c.scale);
  record.hidden = c.hidden;
  record.experts = c.experts;
  record.topk = c.topk;
  record.ffn = c.ffn;
  record.tokens_per_rank = c.tokens;
  record.score = "softmax";
  record.skew = c.skew.text;
  record.dtype = name(c.dtype);
  record.routing = "ids";
  record.seed = static_cast<std::int64_t>(options.seed);
  record.sync = "none";
  record.clock = device::StopWatch::clock_name();
  record.warm = options.warm;
  record.checked = false;
  return record;
}

// Google Benchmark calls a function several times to find its number of iterations: what a case
// needs is set up once and given back when the next case begins.
class CurrentWork {
 public:
  KernelWork& of(const std::string& name, const std::function<KernelWork()>& prepare) {
    if (name != name_) {
      work_ = {};
      name_ = name;
      work_ = prepare();
    }
    return work_;
  }

 private:
  std::string name_;
  KernelWork work_;
};

struct Context {
  const Options& options;
  device::Stream stream;
  measure::Calibration machine;
  CurrentWork current;
  std::map<std::string, KernelRow> rows;
};

void run_benchmark(benchmark::State& state, Context& context, KernelRow& row, const Kernel& kernel,
                   const Case& c) {
  try {
    KernelWork& work = context.current.of(
        row.record.case_name, [&] { return kernel.prepare(c, context.options, context.stream); });
    row.flop = work.flop;
    row.bytes = work.bytes;
    row.least_us = work.least_us(context.machine);
    const auto start = std::chrono::steady_clock::now();
    for (auto _ : state) work.run(context.stream);
    context.stream.synchronize();
    const std::chrono::duration<double, std::micro> elapsed =
        std::chrono::steady_clock::now() - start;
    const double time_us = elapsed.count() / static_cast<double>(state.iterations());
    if (work.flop > 0.0) state.counters["GFLOP/s"] = work.flop / (time_us * 1e3);
    state.counters["GB/s"] = work.bytes / (time_us * 1e3);
    state.counters["of_roofline"] = row.least_us / time_us;
  } catch (const std::bad_alloc&) {
    state.SkipWithError("does not fit in memory");
  } catch (const CaseSkipped& skipped) {
    state.SkipWithError(skipped.what());
  }
}

// Defaults go in as flags: set on a benchmark they would become part of its name.
GoogleFlags with_defaults(const Options& options) {
  GoogleFlags flags = options.google;
  const std::int64_t repetitions = options.stop.fixed_samples.value_or(default_repetitions);
  flags.arguments.insert(flags.arguments.begin(),
                         {fmt::format("--benchmark_min_time={}", least_seconds),
                          fmt::format("--benchmark_repetitions={}", repetitions)});
  return flags;
}

bool has_flag(const Options& options, std::string_view flag) {
  return std::ranges::any_of(options.google.arguments, [&](const std::string& argument) {
    return argument.starts_with(flag);
  });
}

void register_all(Context& context, const std::vector<Kernel>& kernels,
                  const std::vector<Case>& cases, const Program& program) {
  for (const Case& c : cases) {
    for (const Kernel& kernel : kernels) {
      report::Record record = kernel_record(program, kernel, c, context.options);
      if (!filter_selects(context.options.google.filter, record.case_name)) continue;
      const std::string name = record.case_name;
      KernelRow& row = context.rows[name];
      row.record = std::move(record);
      if (c.skip) {
        row.failure = *c.skip;
        continue;
      }
      benchmark::RegisterBenchmark(name.c_str(), [&context, &row, &kernel,
                                                  &c](benchmark::State& state) {
        run_benchmark(state, context, row, kernel, c);
      })->Unit(benchmark::kMicrosecond);
    }
  }
  if (context.rows.empty()) {
    throw UsageError(
        fmt::format("--benchmark_filter: '{}' selects nothing; --list prints the names",
                    context.options.google.filter));
  }
}

void write_rows(const Options& options, const std::vector<std::string>& order, Context& context,
                report::CsvWriter* csv) {
  for (const std::string& name : order) {
    const report::Record record = finished(context.rows.at(name));
    if (csv != nullptr) csv->write(record);
    if (record.status == "skipped" && !options.quiet) {
      std::cout << fmt::format("{}: skipped: {}\n", name, record.reason);
    }
  }
}

void write_run_json(const Options& options, int argc, char** argv,
                    const measure::Calibration& machine) {
  report::RunInfo info;
  info.run_id = options.run_id;
  info.command_line.assign(argv, argv + argc);
  info.backend = "mpi";
  info.kernel_isa = std::string(kernels::isa_name());
  info.topology = "host";
  info.calibration = {{"fma_gflops", machine.fma_gflops},
                      {"copy_GBps", machine.copy_GBps},
                      {"read_GBps", machine.read_GBps}};
  report::write_run_info(std::filesystem::path(*options.csv).replace_filename("run.json"), info);
}

void run(int argc, char** argv, const Program& program, const std::vector<Kernel>& kernels,
         Options options) {
  const auto presets = load_presets(data_folder() / "presets.json");
  if (options.list_presets) return preset_table(presets).print(std::cout);
  const std::vector<Case> cases = expand_cases(options, presets, {1, 1});
  std::vector<std::string> order;
  for (const Case& c : cases) {
    for (const Kernel& kernel : kernels) {
      const std::string name = kernel_case_name(program, kernel, c);
      if (filter_selects(options.google.filter, name)) order.push_back(name);
    }
  }
  if (options.list || options.google.list_tests) {
    for (const std::string& name : order) std::cout << name << '\n';
    std::cerr << fmt::format("{} cases\n", order.size());
    return;
  }
  if (options.run_id.empty()) options.run_id = report::make_run_id();
  std::unique_ptr<report::CsvWriter> csv;
  if (options.csv) csv = std::make_unique<report::CsvWriter>(*options.csv);

  Context context{options, {}, {}, {}, {}};
  register_all(context, kernels, cases, program);
  context.machine = measure::calibrate(context.stream);
  if (options.csv) write_run_json(options, argc, argv, context.machine);
  if (!options.quiet) {
    std::cout << fmt::format(
        "{} kernels; measured here: {:.1f} GFLOP/s multiply-add, copy {:.1f} GB/s, read {:.1f} "
        "GB/s; weights and rows {}\n",
        kernels::isa_name(), context.machine.fma_gflops, context.machine.copy_GBps,
        context.machine.read_GBps, options.warm ? "warm" : "cold");
  }
  initialize_google_benchmark(program.name, with_defaults(options));
  CollectingReporter reporter(context.rows, options.quiet,
                              !has_flag(options, "--benchmark_format"));
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::Shutdown();
  write_rows(options, order, context, csv.get());
}

}  // namespace

double KernelWork::least_us(const measure::Calibration& machine) const {
  const double rate = writes ? machine.copy_GBps : machine.read_GBps;
  return std::max(flop / (machine.fma_gflops * 1e3), bytes / (rate * 1e3));
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
      run(argc, argv, program, kernels, std::move(options));
    }
    return 0;
  } catch (const UsageError& error) {
    return fail(error, 2);
  } catch (const WrongResult& error) {
    return fail(error, 1);
  } catch (const std::exception& error) {
    return fail(error, 3);
  }
}

}  // namespace moemark::bench
