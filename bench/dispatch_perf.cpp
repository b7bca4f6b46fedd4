// dispatch_perf: dispatch and combine of a Mixture-of-Experts layer through every dispatcher,
// beside the collectives of tensor and pipeline parallelism, on one routing.
#include "bench/common/cases/cases.hpp"
#include "bench/common/cases/preset_table.hpp"
#include "bench/common/inputs/matrix_file.hpp"
#include "bench/common/inputs/placement_file.hpp"
#include "bench/common/inputs/plan.hpp"
#include "bench/common/inputs/routing.hpp"
#include "bench/common/inputs/target_imbalance.hpp"
#include "bench/common/inputs/trace_file.hpp"
#include "bench/common/launch/google_report.hpp"
#include "bench/common/launch/launch.hpp"
#include "bench/common/launch/run_links.hpp"
#include "bench/common/launch/strategies.hpp"
#include "bench/common/measuring/dispatch_case.hpp"
#include "bench/common/measuring/dispatch_measure.hpp"
#include "bench/common/measuring/rebalance_measure.hpp"
#include "bench/common/rows/balance_table.hpp"
#include "bench/common/rows/case_rows.hpp"
#include "bench/common/rows/case_table.hpp"
#include "bench/common/rows/conventions_table.hpp"
#include "bench/common/rows/listing.hpp"
#include "bench/common/rows/selection.hpp"
#include "model/errors.hpp"

namespace moemark::bench {
namespace {

constexpr Program program = {
    .name = "dispatch_perf",
    .summary = "what expert-parallel dispatch and combine cost on these ranks",
    .description =
        "  Routes synthetic tokens through the real router kernel, carries them to their experts\n"
        "  and back with each dispatcher, compares every result bit for bit with an oracle, and\n"
        "  times dispatch, combine and round trip beside the raw library call with the same\n"
        "  counts and beside all-reduce, ring and ping-pong. A time is the slowest rank's.\n",
    .examples =
        "  mpirun -n 4 dispatch_perf --tokens 64,256,1024 --skew uniform,lognormal:0.75\n"
        "  mpirun -n 8 dispatch_perf --preset olmoe-1b-7b --scale 1/8 --ep 4 --csv out.csv\n"
        "  dispatch_perf --plan-only --ranks 1024 --ranks-per-node 8 --preset deepseek-v2-lite",
    .routes = true,
    .routers = true,
    .dispatches = true,
};

// What the routing alone decides beside the rows: run.json and --matrix-out, on the rank that knows
// the matrices.
void write(Launch& launch, MatrixOutput* matrix, const RoutedCase& routed) {
  if (!routed.traffic) return;
  if (routed.traffic->assignments() > 0) {
    launch.record_routing(routed.what.name, routing_facts(*routed.traffic, routed.groups));
  }
  if (matrix == nullptr) return;
  matrix->write(routed.traffic->n, row_bytes(routed.what, dispatcher::Direction::dispatch));
}

// Exact columns of a case without moving anything.
std::vector<report::Record> plan(Launch& launch, const Case& c, MatrixOutput* matrix) {
  const RoutedCase routed = plan_route(c, launch.topology, launch.options);
  write(launch, matrix, routed);
  const CaseRows rows(launch, routed, /*result_hash=*/std::nullopt);
  std::vector<report::Record> records;
  for (const Phase phase : {Phase::dispatch, Phase::combine, Phase::round_trip}) {
    for (const dispatcher::Strategy& strategy : launch.strategies) {
      if (!is_selected(launch.options, name(phase), strategy.name(), c)) continue;
      const auto reason = strategy.obstacle(routed.groups);
      records.push_back(
          reason ? row_without_times(launch, c, name(phase), strategy, "skipped", *reason)
                 : without_measurement(rows.of(strategy, phase)));
      launch.emit(records.back());
    }
  }
  if (rebalance_selected(launch.options, c)) {
    records.push_back(without_measurement(rows.of(rebalance_of(c))));
    launch.emit(records.back());
  }
  return records;
}

struct CaseResult {
  std::vector<report::Record> records;
  std::optional<report::Table> conventions;  // --conventions, on rank 0
};

CaseResult run_case(Launch& launch, const Case& c, MatrixOutput* matrix) {
  if (c.skip) throw CaseSkipped(*c.skip);
  const RoutedCase routed = route(c, launch);
  write(launch, matrix, routed);
  if (const auto& path = launch.options.record_trace) record_trace(launch, routed, *path);
  CaseResult result;
  std::optional<DispatchCase> ready(std::in_place, routed, launch);
  const CaseRows rows(launch, routed, ready->result_hash());
  result.records = launch.options.check_only ? check_dispatchers(launch, routed, *ready, rows)
                                             : measure_dispatchers(launch, routed, *ready, rows);
  ready.reset();  // gives the memory back that the weights may need
  if (rebalance_selected(launch.options, c)) {
    result.records.push_back(measure_rebalance(launch, routed, rows));
  }
  if (launch.options.conventions && routed.traffic) {
    result.conventions = conventions_table(routed, *routed.traffic, result.records);
  }
  return result;
}

void run(Launch& launch) {
  Options& options = launch.options;
  launch.strategies = resolve_strategies(options);
  resolve_baselines(options, {"all_reduce", "ring", "pingpong"}, program.routes);
  const std::vector<ModelPreset> presets = load_presets(data_folder() / "presets.json");
  if (options.list_presets) {
    launch.print(preset_table(presets));
    return;
  }

  read_placements(launch);
  if (options.plan_only) launch.topology = planned_topology(launch);
  const Topology& topology = launch.topology;
  if (options.delay) require_late_rank(*options.delay, topology.ranks());
  RunLinks links(launch, topology);
  std::shared_ptr<const RecordedRouting> recorded;
  if (options.trace) {
    recorded = replayed_routing(launch.world, *options.trace, topology.ranks(), options);
  }
  const std::vector<Case> cases = expand_cases(options, presets, job_shape(topology), recorded);
  require_selection(launch, cases);
  if (options.list || options.google.list_tests) {
    list_cases(launch, cases);
    return;
  }
  require_one_routing(options, cases);
  std::optional<MatrixOutput> matrix;
  if (options.matrix_out) matrix.emplace(launch, *options.matrix_out);

  links.before_cases();
  std::vector<report::Record> all;
  BalanceTables balance;
  for (Case c : cases) {
    launch.begin_case(c.name, static_cast<int>(cases.size()));
    CaseResult result;
    auto& [records, conventions] = result;
    try {
      if (!options.plan_only) {
        c = solved_case(c, launch);
        result = run_case(launch, c, matrix ? &*matrix : nullptr);
      } else if (launch.is_root()) {
        if (c.skip) throw CaseSkipped(*c.skip);
        c = solved_case(c, launch);
        records = plan(launch, c, matrix ? &*matrix : nullptr);
      }
    } catch (const CaseSkipped& skipped) {
      records = rows_of_failed_case(launch, c, "skipped", skipped.what());
    } catch (const WrongResult& wrong) {
      launch.report_wrong(c.name, wrong.what());
      records = rows_of_failed_case(launch, c, "wrong", wrong.what());
    }
    launch.print(case_table(c, records));
    if (conventions) launch.print(*conventions);
    balance.add(c, records);
    all.insert(all.end(), records.begin(), records.end());
  }
  links.after_cases();
  for (const report::Table& table : balance.tables()) launch.print(table);
  if (launch.is_root()) report_to_google_benchmark("dispatch_perf", options.google, all);
}

}  // namespace
}  // namespace moemark::bench

int main(int argc, char** argv) {
  return moemark::bench::run_launch(argc, argv, moemark::bench::program, moemark::bench::run);
}
