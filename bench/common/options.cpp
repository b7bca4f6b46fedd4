// The command line of every binary.
#include "bench/common/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>

#include "bench/common/values.hpp"
#include "model/errors.hpp"

namespace moemark::bench {
namespace {

constexpr int most_tokens = 1 << 24;  // rows of a rank still fit int32 indices at k = 64
constexpr int most_experts = 4096;
constexpr int most_width = 1 << 17;
constexpr int most_ranks = 1 << 16;

// One option whose text goes through `read`, in a group of the help text.
class Group {
 public:
  Group(CLI::App& app, std::string name) : app_(app), name_(std::move(name)) {}

  void option(const std::string& flag, const std::string& placeholder, const std::string& help,
              std::function<void(const std::string&)> read) {
    app_.add_option_function<std::string>(flag, std::move(read), help)
        ->type_name(placeholder)
        ->group(name_);
  }
  void flag(const std::string& flag, const std::string& help, bool& target) {
    app_.add_flag(flag, target, help)->group(name_);
  }

 private:
  CLI::App& app_;
  std::string name_;
};

void add_workload(CLI::App& app, Options& o) {
  Group group(app, "WORKLOAD (lists multiply)");
  group.option("--preset", "LIST", "models, see --list-presets (default tiny)",
               [&](const std::string& t) { o.presets = split_list("--preset", t); });
  group.flag("--list-presets", "print the presets and end", o.list_presets);
  group.option("--scale", "1/N", "divide hidden and FFN width by N, keep experts and top-k",
               [&](const std::string& t) { o.scale = parse_scale("--scale", t); });
  group.option("--tokens", "LIST", "tokens of each rank (default 256)", [&](const std::string& t) {
    o.tokens = parse_integers("--tokens", t, 0, most_tokens);
  });
  group.option("--experts", "LIST", "instead of the preset's", [&](const std::string& t) {
    o.experts = parse_integers("--experts", t, 1, most_experts);
  });
  group.option("--topk", "LIST", "instead of the preset's", [&](const std::string& t) {
    o.topk = parse_integers("--topk", t, 1, most_experts);
  });
  group.option(
      "--hidden", "LIST", "width of a row, instead of the preset's",
      [&](const std::string& t) { o.hidden = parse_integers("--hidden", t, 1, most_width); });
  group.option("--ffn", "LIST", "inner width of an expert, instead of the preset's",
               [&](const std::string& t) { o.ffn = parse_integers("--ffn", t, 1, most_width); });
  group.option("--dtype", "LIST", "element type of a dispatched row: bf16 (default), fp32",
               [&](const std::string& t) { o.dtypes = parse_dtypes("--dtype", t); });
  group.option("--skew", "LIST", "load of the experts, see SKEW (default lognormal:0.75)",
               [&](const std::string& t) {
                 o.skews.clear();
                 for (const std::string& item : split_list("--skew", t)) {
                   o.skews.push_back(parse_skew(item));
                 }
               });
  group.option("--seed", "N", "of everything random (default 1)", [&](const std::string& t) {
    o.seed = static_cast<std::uint64_t>(parse_integer("--seed", t, 0, INT64_MAX));
  });
}

void add_dispatch(CLI::App& app, Options& o) {
  Group group(app, "DISPATCH");
  group.option(
      "--routing", "SOURCE", "kernel: through the real router (default); ids: drawn directly",
      [&](const std::string& t) {
        o.routing = static_cast<RoutingSource>(parse_choice("--routing", t, {"kernel", "ids"}));
      });
  group.option("--dispatcher", "LIST", "strategies, or all (default all)",
               [&](const std::string& t) { o.dispatchers = split_list("--dispatcher", t); });
  group.option(
      "--combine-dtype", "LIST", "element type of a returned row: bf16 (default), fp32",
      [&](const std::string& t) { o.combine_dtypes = parse_dtypes("--combine-dtype", t); });
  group.option("--ep", "LIST", "ranks of an EP group, groups run side by side (default all ranks)",
               [&](const std::string& t) { o.ep = parse_integers("--ep", t, 1, most_ranks); });
}

void add_topology(CLI::App& app, Options& o) {
  Group group(app, "TOPOLOGY");
  group.option("--ranks-per-node", "G", "logical nodes of G ranks (default: the hosts)",
               [&](const std::string& t) {
                 o.ranks_per_node =
                     static_cast<int>(parse_integer("--ranks-per-node", t, 1, most_ranks));
               });
}

void add_method(CLI::App& app, Options& o) {
  Group group(app, "METHOD");
  group.option("--baseline", "LIST",
               "what stands beside: all_reduce, uniform_alltoall, ring, pingpong, ...; all or none",
               [&](const std::string& t) { o.baselines = split_list("--baseline", t); });
  group.option("--samples", "N", "exactly N samples (default: until the median is known to 2 %)",
               [&](const std::string& t) {
                 o.stop.fixed_samples = parse_integer("--samples", t, 1, 1'000'000);
               });
  group.option(
      "--budget", "SECONDS", "of sampling per group of cases (default 5)",
      [&](const std::string& t) { o.stop.budget_seconds = parse_positive("--budget", t); });
  group.option(
      "--memory-limit", "SIZE", "per rank (default 60 % of what is free)",
      [&](const std::string& t) { o.memory_limit_bytes = parse_size("--memory-limit", t); });
}

void add_instead(CLI::App& app, Options& o) {
  Group group(app, "INSTEAD OF TIMING");
  group.flag("--list", "print the cases and end", o.list);
  group.flag("--plan-only", "exact columns only, no data moved; with --ranks on one process",
             o.plan_only);
  group.option("--ranks", "R", "of --plan-only (default: the ranks of the job)",
               [&](const std::string& t) {
                 o.plan_ranks = static_cast<int>(parse_integer("--ranks", t, 1, 8192));
               });
  group.flag("--check-only", "move, compare with the oracle (exact and float), no timing",
             o.check_only);
  group.flag("--phases", "time each step too", o.phases);
  group.option("--record-trace", "FILE", "write the routing as JSON lines (one routing a run)",
               [&](const std::string& t) { o.record_trace = t; });
  group.option("--samples-csv", "FILE", "every single sample",
               [&](const std::string& t) { o.samples_csv = t; });
}

void add_collective(CLI::App& app, Options& o) {
  Group group(app, "MESSAGES");
  group.option("--minbytes,-b", "SIZE", "smallest message (default 1K)",
               [&](const std::string& t) { o.min_bytes = parse_size("--minbytes", t); });
  group.option("--maxbytes,-e", "SIZE", "largest message (default 1M)",
               [&](const std::string& t) { o.max_bytes = parse_size("--maxbytes", t); });
  group.option("--stepfactor,-f", "N", "factor between sizes (default 4)",
               [&](const std::string& t) {
                 o.step_factor = static_cast<int>(parse_integer("--stepfactor", t, 2, 1024));
               });
  group.option("--timing", "LOOP",
               "own: samples, slowest rank, median; osu: their loop, barrier, mean over ranks",
               [&](const std::string& t) {
                 o.timing = static_cast<Timing>(parse_choice("--timing", t, {"own", "osu"}));
               });
  group.flag("--list", "print the cases and end", o.list);
}

void add_kernel(CLI::App& app, Options& o) {
  Group group(app, "METHOD");
  group.option(
      "--samples", "N", "repetitions, a sample each (default 5)",
      [&](const std::string& t) { o.stop.fixed_samples = parse_integer("--samples", t, 1, 1000); });
  group.flag("--warm", "keep weights and buffers in cache between iterations", o.warm);
  group.flag("--list", "print the cases and end", o.list);
}

void add_output(CLI::App& app, Options& o) {
  Group group(app, "OUTPUT");
  group.option("--csv", "FILE", "one row a result, with run.json beside it",
               [&](const std::string& t) { o.csv = t; });
  group.option("--run-id", "ID", "joins the rows of several launches (default: made up)",
               [&](const std::string& t) { o.run_id = t; });
  group.option(
      "--launch", "N", "number of this launch in its run (default 1)",
      [&](const std::string& t) { o.launch = parse_integer("--launch", t, 1, 1'000'000); });
  group.option("--progress", "WHEN", "auto (default), always, never",
               [&](const std::string& t) { o.progress = report::parse_progress_mode(t); });
  group.flag("--quiet,-q", "no tables", o.quiet);
  app.set_help_flag("--help,-h", "print this and end")->group("OUTPUT");
  group.flag("--version", "print where this program comes from and end", o.version);
}

constexpr std::string_view skew_help =
    "SKEW\n"
    "  uniform                         every expert alike, by chance\n"
    "  balanced                        round robin\n"
    "  lognormal:SIGMA                 best fit of real load; SIGMA or mixtral, c4, chat, code\n"
    "  zipf:A                          share of the j-th expert as j^-A\n"
    "  hot:N/F                         N experts take the share F\n"
    "  empirical:MODEL/DOMAIN/LAYER    recorded counts, e.g. olmoe/c4/7, mixtral/c4/0\n";

// The layout of a manual page.
class ManualPage : public CLI::Formatter {
 public:
  explicit ManualPage(const Program& program) : program_(program) { column_width(32); }
  std::string make_help(const CLI::App* app, std::string /*name*/,
                        CLI::AppFormatMode mode) const override {
    return fmt::format(
        "NAME\n  {} - {}\n\nSYNOPSIS\n  {}{} [OPTIONS] [--benchmark_...]\n\n"
        "DESCRIPTION\n{}\n{}{}\nGOOGLE BENCHMARK\n"
        "  --benchmark_filter=REGEX, --benchmark_list_tests, --benchmark_out=FILE,\n"
        "  --benchmark_out_format=FORMAT, --benchmark_format=FORMAT and its other output "
        "flags{}\n\n"
        "EXIT STATUS\n"
        "  0 ok; 1 wrong result; 2 usage; 3 run-time failure; 77 this back end's device is not"
        " here\n\nEXAMPLES\n{}\n",
        program_.name, program_.summary, program_.kernels ? "" : "mpirun -n RANKS ", program_.name,
        program_.description, make_groups(app, mode), program_.routes ? skew_help : "",
        program_.kernels ? ",\n  --benchmark_min_time=SECONDS, --benchmark_repetitions=N" : "",
        program_.examples);
  }

 private:
  const Program& program_;
};

void check_together(const Options& o) {
  if (o.plan_ranks > 0 && !o.plan_only) {
    throw UsageError(
        fmt::format("--ranks: '{}' has a meaning with --plan-only only", o.plan_ranks));
  }
  if (o.min_bytes > o.max_bytes) {
    throw UsageError(fmt::format("--minbytes: '{}' is not allowed; allowed: up to --maxbytes {}",
                                 o.min_bytes, o.max_bytes));
  }
}

}  // namespace

Options parse_options(int argc, char** argv, const Program& program) {
  Options options;
  std::vector<std::string> arguments(argv + 1, argv + argc);
  options.google = take_google_flags(arguments, !program.kernels);

  CLI::App app;
  app.formatter(std::make_shared<ManualPage>(program));
  app.set_help_flag();  // added last, with the options that it belongs to
  if (program.routes) add_workload(app, options);
  if (program.dispatches) add_dispatch(app, options);
  if (program.collectives) add_collective(app, options);
  if (program.dispatches || program.collectives) {
    add_topology(app, options);
    add_method(app, options);
  }
  if (program.dispatches) add_instead(app, options);
  if (program.kernels) add_kernel(app, options);
  add_output(app, options);
  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    options.help = app.help();
    return options;
  } catch (const CLI::ExtrasError& error) {
    throw UsageError(fmt::format("{}; see {} --help", error.what(), program.name));
  } catch (const CLI::ParseError& error) {
    throw UsageError(fmt::format("{}; see {} --help", error.what(), program.name));
  }
  check_together(options);
  return options;
}

}  // namespace moemark::bench
