// The options of binaries of several ranks.
#include "bench/common/options/multi_rank_options.hpp"

#include <fmt/format.h>

#include "bench/common/options/option_group.hpp"
#include "bench/common/options/routing_options.hpp"
#include "bench/common/options/values.hpp"
#include "model/errors.hpp"

namespace moemark::bench {
namespace {

constexpr int most_ranks = 1 << 16;

void add_dispatch(CLI::App& app, Options& o) {
  OptionGroup group(app, "DISPATCH");
  group.option("--dispatcher", "LIST",
               "strategies, or all (default alltoallv, alltoallv_dedup, "
               "alltoall_padded, allgather_reducescatter, symmetric_push)",
               [&](const std::string& t) { o.dispatchers = split_list("--dispatcher", t); });
  group.option("--schedule", "LIST",
               "of row exchanges: library (default), pairwise, window:W, per_expert",
               [&](const std::string& t) { o.schedules = split_list("--schedule", t); });
  group.option("--counts", "LIST", "how counts are exchanged: alltoall (default), allgather",
               [&](const std::string& t) { o.counts = split_list("--counts", t); });
  group.option("--combine-dtype", "LIST", "element type of a returned row: bf16 (default), fp32",
               [&](const std::string& t) {
                 o.combine_dtypes = parse_dtypes("--combine-dtype", t, {DType::fp32, DType::bf16});
               });
  group.option("--pass", "LIST",
               "forward (default); backward: gradients in the combine type with the known layout, "
               "their sums back in the dispatch type without weights",
               [&](const std::string& t) {
                 o.passes.clear();
                 for (const std::string& item : split_list("--pass", t)) {
                   o.passes.push_back(
                       static_cast<Pass>(parse_choice("--pass", item, {"forward", "backward"})));
                 }
               });
  group.option("--ep", "LIST", "ranks of an EP group, groups run side by side (default all ranks)",
               [&](const std::string& t) { o.ep = parse_integers("--ep", t, 1, most_ranks); });
}

void add_topology(CLI::App& app, Options& o) {
  OptionGroup group(app, "TOPOLOGY");
  group.option("--ranks-per-node", "G", "logical nodes of G ranks (default: the hosts)",
               [&](const std::string& t) {
                 o.ranks_per_node =
                     static_cast<int>(parse_integer("--ranks-per-node", t, 1, most_ranks));
               });
}

void add_links(CLI::App& app, Options& o) {
  OptionGroup group(app, "LINKS");
  group.option("--link-intra", "PORT[/NODE]",
               "GB/s of a rank's port inside a node, and of the node with all ranks at once "
               "(default G * PORT), for the columns of bounds and the loss split (default: probed; "
               "runs without times have these columns with given links only)",
               [&](const std::string& t) { o.link_intra = parse_link("--link-intra", t); });
  group.option("--link-inter", "PORT[/NODE]", "the same between nodes",
               [&](const std::string& t) { o.link_inter = parse_link("--link-inter", t); });
}

void add_method(CLI::App& app, Options& o) {
  OptionGroup group(app, "METHOD");
  group.option("--baseline", "LIST",
               "what stands beside: all_reduce, reduce_scatter_all_gather, uniform_alltoall, ring, "
               "pingpong, permute_only (rows of one rank, no network), ...; all or none",
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
  group.option("--timeout", "SECONDS",
               "end the run after so long without progress and say where (default 300; 0: never)",
               [&](const std::string& t) {
                 o.timeout_seconds =
                     static_cast<double>(parse_integer("--timeout", t, 0, 1'000'000));
               });
}

void add_dispatch_method(CLI::App& app, Options& o) {
  OptionGroup group(app, "METHOD");
  group.option(
      "--inner", "N",
      "sustained: N operations back to back in a sample, its time divided by N (default 1)",
      [&](const std::string& t) {
        o.inner = static_cast<int>(parse_integer("--inner", t, 1, 10'000));
      });
  group.option("--delay", "RANK/US",
               "this rank comes so many microseconds late to every operation: the others' times "
               "show how much of it is passed on (column delay_passed_on)",
               [&](const std::string& t) { o.delay = parse_delay("--delay", t); });
}

void add_instead(CLI::App& app, Options& o) {
  OptionGroup group(app, "INSTEAD OF TIMING");
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
  group.option("--matrix-out", "FILE",
               "write the routing's bytes between ranks as nccl-tests' alltoallv matrix, n[s][d] "
               "times the dispatched row (one routing a run)",
               [&](const std::string& t) { o.matrix_out = t; });
  group.flag("--conventions", "print what other tools would have printed for the same times",
             o.conventions);
  group.option("--samples-csv", "FILE", "every single sample",
               [&](const std::string& t) { o.samples_csv = t; });
}

void add_collective(CLI::App& app, Options& o) {
  OptionGroup group(app, "MESSAGES");
  group.option("--matrix", "FILE",
               "of alltoallv: bytes between ranks, a line a source, as nccl-tests reads them and "
               "dispatch_perf --matrix-out writes them",
               [&](const std::string& t) { o.matrix = t; });
  group.option("--minbytes,-b", "SIZE",
               "smallest message (default 1K; of pairs: of latency, default 8)",
               [&](const std::string& t) { o.min_bytes = parse_size("--minbytes", t); });
  group.option("--maxbytes,-e", "SIZE", "largest message (default 1M; of pairs: of bandwidth)",
               [&](const std::string& t) { o.max_bytes = parse_size("--maxbytes", t); });
  group.option("--stepfactor,-f", "N", "factor between sizes (default 4)",
               [&](const std::string& t) {
                 o.step_factor = static_cast<int>(parse_integer("--stepfactor", t, 2, 1024));
               });
  group.option("--stepbytes,-i", "SIZE", "between sizes, in the place of a factor",
               [&](const std::string& t) { o.step_bytes = parse_size("--stepbytes", t); });
  group.option("--timing", "LOOP",
               "own: samples, slowest rank, median; osu: their loop, barrier, mean over ranks; "
               "nccl-tests: their loop, sizes (of all of a rank's blocks) and text table",
               [&](const std::string& t) {
                 o.timing =
                     static_cast<Timing>(parse_choice("--timing", t, {"own", "osu", "nccl-tests"}));
               });
  group.flag("--list", "print the cases and end", o.list);
}

// The letters of nccl-tests that mean something on MPI; only float32 is summed here.
void add_nccl_tests(CLI::App& app, Options& o) {
  OptionGroup group(app, "OF --timing nccl-tests");
  NcclTestsOptions& n = o.nccl_tests;
  const auto number = [&](const std::string& flag, const std::string& help, int least, int most,
                          const std::function<void(int)>& set) {
    const std::string name = flag.substr(0, flag.find(','));
    group.option(flag, "N", help, [&n, name, least, most, set](const std::string& t) {
      set(static_cast<int>(parse_integer(name, t, least, most)));
      n.given = name;
    });
  };
  number("--iters,-n", "timed iterations (default 20)", 1, 1'000'000,
         [&n](int value) { n.loop.iterations = value; });
  number("--warmup_iters,-w", "untimed iterations of each size (default 1)", 0, 1'000'000,
         [&n](int value) { n.loop.warmups = value; });
  number("--check,-c", "data checks of each size (default 1)", 0, 1000,
         [&n](int value) { n.checks = value; });
  number("--average,-a", "over ranks: 0 rank 0, 1 mean (default), 2 least, 3 most", 0, 3,
         [&n](int value) { n.loop.over_ranks = static_cast<measure::OverRanks>(value); });
  group.option("--op,-o", "OP", "sum, the only one here", [&n](const std::string& t) {
    parse_choice("--op", t, {"sum"});
    n.given = "--op";
  });
  group.option("--datatype,-d", "TYPE", "float, the only one here", [&n](const std::string& t) {
    parse_choice("--datatype", t, {"float"});
    n.given = "--datatype";
  });
}

}  // namespace

void add_multi_rank_options(CLI::App& app, const Program& program, Options& options) {
  if (program.dispatches) add_routing_options(app, options);
  if (program.dispatches) add_dispatch(app, options);
  if (program.collectives) {
    add_collective(app, options);
    add_nccl_tests(app, options);
  }
  add_topology(app, options);
  if (program.dispatches) add_links(app, options);
  add_method(app, options);
  if (program.dispatches) add_dispatch_method(app, options);
  if (program.dispatches) add_instead(app, options);
}

}  // namespace moemark::bench
