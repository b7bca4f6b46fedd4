// The command line of every binary: workload, kernels, output, and what must hold together.
#include "bench/common/options/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "bench/common/options/manual_page.hpp"
#include "bench/common/options/multi_rank_options.hpp"
#include "bench/common/options/option_group.hpp"
#include "bench/common/options/router_options.hpp"
#include "bench/common/options/values.hpp"
#include "model/errors.hpp"
#include "routing/skew_knob.hpp"

namespace moemark::bench {
namespace {

constexpr int most_tokens = 1 << 24;  // rows of a rank still fit int32 indices at k = 64
constexpr int most_experts = 4096;
constexpr int most_width = 1 << 17;
constexpr int most_threads = 256;
constexpr std::size_t pairs_latency_bytes = 8;

void add_workload(CLI::App& app, const Program& program, Options& o) {
  OptionGroup group(app, "WORKLOAD (lists multiply)");
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
  std::vector<DType> dtypes = {DType::fp32, DType::bf16};
  if (program.dispatches) dtypes.push_back(DType::fp8);
  group.option(
      "--dtype", "LIST",
      program.dispatches
          ? "element type of a dispatched row: bf16 (default), fp32, or fp8 (e4m3 and a "
            "power-of-two scale for every 128 values)"
          : "element type of a row: bf16 (default), fp32",
      [&o, dtypes](const std::string& t) { o.dtypes = parse_dtypes("--dtype", t, dtypes); });
  group.option("--skew", "LIST", "load of the experts, see SKEW (default lognormal:0.75)",
               [&](const std::string& t) {
                 o.skews.clear();
                 for (const std::string& item : split_list("--skew", t)) {
                   o.skews.push_back(parse_skew(item));
                 }
               });
  if (program.routers) add_router_options(group, program, o.router);
  group.option("--seed", "N", "of everything random (default 1)", [&](const std::string& t) {
    o.seed = static_cast<std::uint64_t>(parse_integer("--seed", t, 0, INT64_MAX));
  });
}

void add_kernel(CLI::App& app, const Program& program, Options& o) {
  OptionGroup group(app, "METHOD");
  if (program.threads) {
    group.option("--threads", "N", "of a call (default 1); bind the process to as many cores",
                 [&](const std::string& t) {
                   o.threads = static_cast<int>(parse_integer("--threads", t, 1, most_threads));
                 });
  }
  group.option(
      "--samples", "N", "repetitions, a sample each (default 5)",
      [&](const std::string& t) { o.stop.fixed_samples = parse_integer("--samples", t, 1, 1000); });
  group.flag("--warm", "keep weights and buffers in cache between iterations", o.warm);
  group.flag("--compare",
             "also time what people would use instead: sorts of the standard library, memcpy, "
             "OpenBLAS, oneDNN",
             o.compare);
  group.flag("--list", "print the cases and end", o.list);
}

void add_balance(CLI::App& app, Options& o) {
  OptionGroup group(app, "BALANCE");
  add_balance_options(group, o.balance);
}

void add_output(CLI::App& app, Options& o) {
  OptionGroup group(app, "OUTPUT");
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

void check_method(const Options& o) {
  if (o.inner > 1 && o.phases) {
    throw UsageError(fmt::format(
        "--inner: '{}' is not allowed with --phases, where each step runs once between the others; "
        "allowed: 1",
        o.inner));
  }
  if (o.delay && (o.plan_only || o.check_only)) {
    throw UsageError(fmt::format(
        "--delay: '{}' is not allowed with --plan-only and --check-only; allowed: in timed runs",
        o.delay->text));
  }
}

// What a trace says itself cannot be said again.
void check_trace(const CLI::App& app, const Options& o) {
  if (!o.trace) return;
  for (const char* flag : {"--tokens", "--tokens-spread", "--topk", "--skew"}) {
    if (app.count(flag) > 0) {
      throw UsageError(fmt::format("{}: not together with --routing {}, which has its own", flag,
                                   o.trace->text));
    }
  }
}

void check_router(const Options& o) {
  if (const std::string flag = o.router.given();
      !flag.empty() && o.routing != RoutingSource::kernel) {
    throw UsageError(fmt::format("{}: has a meaning with --routing kernel only", flag));
  }
  const bool limited = std::ranges::any_of(o.router.node_limits,
                                           [](const auto& limit) { return limit.has_value(); });
  if (limited && (o.router.groups || o.router.topk_groups)) {
    throw UsageError(fmt::format("--node-limit: not together with {}; the nodes are the groups",
                                 o.router.groups ? "--groups" : "--topk-groups"));
  }
}

// The sub-command, which stands first: taken out of `arguments`.
void take_mode(std::vector<std::string>& arguments, Options& o) {
  if (arguments.empty() || arguments.front().starts_with('-')) return;
  o.mode = static_cast<CollectiveMode>(
      1 + parse_choice("sub-command", arguments.front(), {"pairs", "alltoallv"}));
  arguments.erase(arguments.begin());
  if (o.mode == CollectiveMode::pairs) o.min_bytes = pairs_latency_bytes;
}

// Targets are of families of skews: each once, without its knob.
void take_families(Options& o) {
  if (o.target_imbalances.empty()) return;
  if (o.trace) {
    throw UsageError(
        fmt::format("--target-imbalance: not together with --routing {}, which has "
                    "its own load",
                    o.trace->text));
  }
  std::vector<Skew> families;
  for (Skew skew : o.skews) {
    if (!has_knob(skew)) {
      throw UsageError(
          fmt::format("--target-imbalance: --skew '{}' has nothing to turn; allowed: "
                      "lognormal, zipf, hot",
                      skew.text));
    }
    skew.text = skew_family(skew);
    if (std::ranges::find(families, skew.text, &Skew::text) == families.end()) {
      families.push_back(std::move(skew));
    }
  }
  o.skews = std::move(families);
}

void check_together(const Options& o) {
  if (o.matrix.has_value() != (o.mode == CollectiveMode::alltoallv)) {
    throw UsageError(o.matrix ? "--matrix: has a meaning after the sub-command alltoallv only"
                              : "--matrix: missing; alltoallv needs a file of bytes between ranks");
  }
  if (o.mode != CollectiveMode::sizes && !o.baselines.empty()) {
    throw UsageError("--baseline: has a meaning without a sub-command only");
  }
  if (o.mode == CollectiveMode::pairs && o.timing != Timing::own) {
    throw UsageError("--timing: pairs has its own loop only");
  }
  if (o.mode == CollectiveMode::alltoallv && o.timing == Timing::osu) {
    throw UsageError("--timing: 'osu' has no all-to-all-v; allowed: own, nccl-tests");
  }
  if (o.timing != Timing::nccl_tests && !o.nccl_tests.given.empty()) {
    throw UsageError(
        fmt::format("{}: has a meaning with --timing nccl-tests only", o.nccl_tests.given));
  }
  if (o.step_bytes && o.step_factor) {
    throw UsageError("--stepbytes: not together with --stepfactor");
  }
  const bool planned = std::ranges::any_of(o.placements, &Placement::is_planned);
  if (!planned && (!o.replicas.empty() || !o.plan_skews.empty())) {
    throw UsageError(
        fmt::format("{}: has a meaning with --placement eplb-global and eplb-hier only",
                    o.replicas.empty() ? "--plan-skew" : "--replicas"));
  }
  if (o.conventions && (o.plan_only || o.check_only)) {
    throw UsageError("--conventions: needs times, not with --plan-only or --check-only");
  }
  if (o.plan_ranks > 0 && !o.plan_only) {
    throw UsageError(
        fmt::format("--ranks: '{}' has a meaning with --plan-only only", o.plan_ranks));
  }
  const double most = (1.0 + o.tokens_spread) * std::ranges::max(o.tokens);
  if (most > most_tokens) {
    throw UsageError(fmt::format(
        "--tokens-spread: '{}' is not allowed with {} tokens; allowed: up to {} tokens of a rank",
        o.tokens_spread, std::ranges::max(o.tokens), most_tokens));
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

  if (program.collectives) take_mode(arguments, options);

  CLI::App app;
  app.formatter(std::make_shared<ManualPage>(program));
  app.set_help_flag();  // added last, with the options that it belongs to
  if (program.routes) add_workload(app, program, options);
  if (!program.kernels) add_multi_rank_options(app, program, options);
  if (program.kernels) add_kernel(app, program, options);
  if (program.kernels && program.routers) add_balance(app, options);
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
  check_method(options);
  check_trace(app, options);
  take_families(options);
  check_router(options);
  check_together(options);
  return options;
}

}  // namespace moemark::bench
