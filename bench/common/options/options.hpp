// The command line of every binary: which options there are, and what they were set to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/common/options/balance_options.hpp"
#include "bench/common/options/google_flags.hpp"
#include "bench/common/options/router_options.hpp"
#include "bench/common/options/values.hpp"
#include "measure/nccl_tests_timing.hpp"
#include "measure/stop_rule.hpp"
#include "model/dtype.hpp"
#include "report/progress.hpp"
#include "routing/capacity.hpp"
#include "routing/load_shares.hpp"
#include "traffic/placement/placement.hpp"

namespace moemark::bench {

// trace: the recorded table, through the router where it is a plain top-k.
enum class RoutingSource : std::uint8_t { kernel, ids, trace };
// Of training: tokens to their experts and back, or the gradients of both the other way round.
enum class Pass : std::uint8_t { forward, backward };
enum class Timing : std::uint8_t { own, osu, nccl_tests };
// What collective_perf runs: operations over message sizes, all pairs of ranks, an all-to-all-v of
// a traffic matrix.
enum class CollectiveMode : std::uint8_t { sizes, pairs, alltoallv };

// Of --timing nccl-tests, with the defaults of nccl-tests.
struct NcclTestsOptions {
  measure::NcclTestsLoop loop;
  int checks = 1;
  std::string given;  // one of its options that was given, which needs that timing
};

struct Options {
  // workload; an empty override means: as the preset says
  std::vector<std::string> presets = {"tiny"};
  int scale = 1;
  std::vector<int> tokens = {256};
  double tokens_spread = 0.0;
  std::vector<int> experts, topk, hidden, ffn;
  RouterOptions router;
  BalanceOptions balance;  // of router_perf
  std::vector<DType> dtypes = {DType::bf16};
  std::vector<DType> combine_dtypes = {DType::bf16};
  // routing
  RoutingSource routing = RoutingSource::kernel;
  std::optional<TraceSource> trace;  // of that routing, and of it only
  std::vector<Skew> skews = {parse_skew("lognormal:0.75")};
  std::vector<double> target_imbalances;  // empty: the skews as given
  std::uint64_t seed = 1;
  std::vector<Capacity> capacities = {Capacity{}};
  // placement; empty lists mean: no replicas, and planned for the case's own skew (as no skew does)
  std::vector<Placement> placements = {Placement{}};
  std::vector<int> replicas;
  std::vector<std::optional<Skew>> plan_skews;
  // dispatcher and baselines, names as in their tables
  std::vector<std::string> dispatchers;
  std::vector<std::string> baselines;
  std::vector<Pass> passes = {Pass::forward};
  std::vector<std::string> schedules = {"library"};
  std::vector<std::string> counts = {"alltoall"};
  // topology; 0 and empty mean: all ranks, and as found
  std::vector<int> ep;
  int ranks_per_node = 0;
  std::optional<LinkSpeed> link_intra, link_inter;
  // method
  measure::StopSettings stop;
  bool phases = false;
  int inner = 1;
  std::optional<Delay> delay;
  bool warm = false;
  int threads = 1;       // of a kernel
  bool compare = false;  // kernels beside what people would use instead
  Timing timing = Timing::own;
  std::size_t memory_limit_bytes = 0;
  double timeout_seconds = 300.0;  // without progress; 0: for ever
  // collective_perf: message sizes from, to, and factor between them
  CollectiveMode mode = CollectiveMode::sizes;
  std::optional<std::filesystem::path> matrix;  // of alltoallv
  std::size_t min_bytes = 1024;
  std::size_t max_bytes = 1U << 20U;
  std::optional<int> step_factor;
  std::optional<std::size_t> step_bytes;  // between sizes, in the place of a factor
  NcclTestsOptions nccl_tests;
  // instead of timing
  bool list = false;
  bool list_presets = false;
  bool plan_only = false;
  bool check_only = false;
  bool version = false;
  int plan_ranks = 0;
  // output
  std::optional<std::filesystem::path> csv;
  std::optional<std::filesystem::path> samples_csv;
  std::optional<std::filesystem::path> record_trace;
  std::optional<std::filesystem::path> matrix_out;
  bool conventions = false;
  std::string run_id;  // empty: made at start
  std::int64_t launch = 1;
  report::ProgressMode progress = report::ProgressMode::automatic;
  bool quiet = false;
  GoogleFlags google;

  [[nodiscard]] int factor() const { return step_factor.value_or(4); }
  // The --help text, when asked for: print and end.
  std::optional<std::string> help;
};

// Which groups of options a binary understands; the others are unknown to it.
struct Program {
  std::string_view name;
  std::string_view summary;      // one line
  std::string_view description;  // a paragraph or two
  std::string_view examples;
  bool routes = false;       // workload and routing of whole cases
  bool routers = false;      // runs the router: its scores, and its groups where nothing is planned
  bool dispatches = false;   // dispatcher, topology, sampler, plan, check
  bool collectives = false;  // message sizes and --timing
  bool kernels = false;      // Google Benchmark runs it natively
  bool threads = false;      // its kernels can use several
};

// Throws UsageError. Google Benchmark's own flags are taken out and checked (google_flags.hpp).
Options parse_options(int argc, char** argv, const Program& program);

}  // namespace moemark::bench
