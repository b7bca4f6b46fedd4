// Steps of routing and balancing.
#include "bench/common/kernels/bias_balance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <span>
#include <utility>

#include "bench/common/cases/case_columns.hpp"
#include "device/buffer.hpp"
#include "kernels/router.hpp"
#include "model/errors.hpp"
#include "report/console_table.hpp"
#include "report/format.hpp"
#include "routing/calibrated_tables.hpp"
#include "routing/topics.hpp"
#include "traffic/expert_placement.hpp"
#include "traffic/imbalance.hpp"

namespace moemark::bench {
namespace {

using Counts = std::vector<std::int64_t>;

void require_a_load(const Skew& skew) {
  for (const SkewKind kind : {SkewKind::balanced, SkewKind::local, SkewKind::masked, SkewKind::hash,
                              SkewKind::expert_choice}) {
    if (skew.kind == kind) {
      throw CaseSkipped(fmt::format("skew {} is no load that a router is given", skew.text));
    }
  }
}

// A calibration, or one for each topic; all offsets in the base, where the bias cannot undo them.
std::vector<RouterCalibration> calibrations(const Case& c, const RouterSpec& router,
                                            std::uint64_t seed) {
  std::vector<std::vector<double>> loads;
  if (c.skew.kind == SkewKind::topic) {
    loads = topic_shares(c.skew, c.experts, seed);
  } else {
    loads = {
        load_shares(c.skew, c.experts, seed, data_folder() / "expert-counts.csv", expert_homes(c))};
  }
  std::vector<RouterCalibration> found;
  found.reserve(loads.size());
  for (const auto& shares : loads) {
    found.push_back(calibrate_router(router, c.topk, shares, seed, OffsetsIn::base));
  }
  return found;
}

// The router of a case, whose tokens are new in every step.
class SteppedRouter {
 public:
  SteppedRouter(Case c, std::uint64_t seed)
      : what_(std::move(c)),
        seed_(seed),
        noise_(seed),
        rule_{what_.preset.router, what_.topk},
        tokens_(static_cast<std::size_t>(what_.tokens)),
        experts_(static_cast<std::size_t>(what_.experts)),
        logits_(tokens_ * experts_ * sizeof(float)),
        ids_(tokens_ * static_cast<std::size_t>(what_.topk) * sizeof(std::int32_t)),
        weights_(ids_.size_bytes()) {
    rule_.router.select_bias = true;
    calibrations_ = calibrations(what_, rule_.router, seed);
  }

  // Assignments of each expert, of all ranks.
  Counts route(int step, std::span<const float> bias) {
    Counts counts(experts_, 0);
    const device::Buffer device_bias = device::upload(stream_, bias);
    for (int rank = 0; rank < what_.ep; ++rank) {
      const std::vector<float> logits =
          logits_of(static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(rank));
      device::copy_to_device(stream_, std::as_bytes(std::span(logits)), logits_.bytes());
      kernels::router_topk(stream_, logits_.as<const float>(), what_.experts, rule_,
                           device_bias.as<const float>(), ids_.as<std::int32_t>(),
                           weights_.as<float>());
      std::vector<std::int32_t> ids(tokens_ * static_cast<std::size_t>(what_.topk));
      device::copy_to_host(stream_, ids_.bytes(), std::as_writable_bytes(std::span(ids)));
      stream_.synchronize();
      for (const std::int32_t id : ids) ++counts[static_cast<std::size_t>(id)];
    }
    return counts;
  }

 private:
  // [T, E] of one rank.
  std::vector<float> logits_of(std::uint32_t step, std::uint32_t rank) {
    std::vector<int> topics;
    if (what_.skew.kind == SkewKind::topic) {
      topics = topics_of_tokens(what_.skew, seed_, step, rank, what_.tokens);
    }
    RankLogits of_rank(calibrations_, std::move(topics), noise_, step, rank);
    std::vector<float> logits(tokens_ * experts_);
    for (std::size_t token = 0; token < tokens_; ++token) {
      of_rank.of(static_cast<int>(token), std::span(logits).subspan(token * experts_, experts_));
    }
    return logits;
  }

  Case what_;
  std::uint64_t seed_;
  GumbelLogits noise_;
  kernels::TopkRule rule_;
  std::size_t tokens_;
  std::size_t experts_;
  std::vector<RouterCalibration> calibrations_;
  device::Stream stream_;
  device::Buffer logits_, ids_, weights_;
};

report::Record start_record(const BalanceRun& run, const Options& options) {
  report::Record record;
  record.run_id = options.run_id;
  record.launch = options.launch;
  record.case_name = run.name;
  record.bench = "router_perf";
  record.phase = "balance";
  record.status = "ok";
  record.backend = "mpi";
  record.topology = "host";
  record.ranks = options.balance.ranks;
  record.ep = options.balance.ranks;
  set_case_columns(record, run.what);
  record.groups = run.what.preset.router.n_group;
  record.topk_groups = run.what.preset.router.topk_group;
  record.placement = "contiguous";
  record.routing = "kernel";
  record.seed = static_cast<std::int64_t>(options.seed);
  record.clock = "none";
  return record;
}

report::Record record_of_step(report::Record record, int step, const Counts& counts,
                              const ExpertPlacement& placement) {
  record.case_name += fmt::format("/step:{}", step);
  const std::vector<double> experts(counts.begin(), counts.end());
  std::vector<double> ranks(static_cast<std::size_t>(placement.ranks()), 0.0);
  for (int expert = 0; expert < placement.experts(); ++expert) {
    ranks[static_cast<std::size_t>(placement.rank_of(expert))] +=
        experts[static_cast<std::size_t>(expert)];
  }
  record.expert_max_over_mean = max_over_mean(experts);
  record.expert_cv = coefficient_of_variation(experts);
  record.rank_max_over_mean = max_over_mean(ranks);
  record.idle_fraction = 1.0 - 1.0 / max_over_mean(ranks);
  return record;
}

// 0, 1, 2, 5, 10, 20, 50, ... and the last.
bool is_printed(int step, int steps) {
  if (step == 0 || step + 1 == steps) return true;
  int leading = step;
  while (leading % 10 == 0) leading /= 10;
  return leading == 1 || leading == 2 || leading == 5;
}

std::vector<std::string> cells(int step, const report::Record& record) {
  const auto ratio = [](const report::Real& value) {
    return report::or_dash(value, [](double v) { return fmt::format("{:.3f}", v); });
  };
  return {fmt::format("{}", step), ratio(record.expert_max_over_mean), ratio(record.expert_cv),
          ratio(record.rank_max_over_mean),
          report::or_dash(record.idle_fraction, report::format_percent)};
}

report::Table balance_steps(const BalanceRun& run, const Options& options, SteppedRouter& router,
                            const report::Record& start, report::CsvWriter* csv) {
  report::Table table(run.name,
                      {{"step"}, {"expert max/mean"}, {"expert cv"}, {"rank max/mean"}, {"idle"}});
  const auto placement = ExpertPlacement::contiguous(run.what.experts, run.what.ep);
  std::vector<float> bias(static_cast<std::size_t>(run.what.experts), 0.0F);
  for (int step = 0; step < options.balance.steps; ++step) {
    const Counts counts = router.route(step, bias);
    const report::Record record = record_of_step(start, step, counts, placement);
    if (csv != nullptr) csv->write(record);
    if (is_printed(step, options.balance.steps)) table.row(cells(step, record));
    run.update.apply(counts, bias);
  }
  table.note(fmt::format("{} tokens a step; each line is the load before the step's update",
                         static_cast<std::int64_t>(run.what.tokens) * run.what.ep));
  return table;
}

}  // namespace

std::vector<BalanceRun> balance_runs(const Program& program, const std::vector<Case>& cases,
                                     const Options& options) {
  const std::string bench(program.name.substr(0, program.name.rfind("_perf")));
  std::vector<BalanceRun> runs;
  for (const Case& c : cases) {
    const std::string place = c.name.substr(0, c.name.rfind("/nodes"));
    for (const BiasUpdate& update : options.balance.updates) {
      runs.push_back(
          {c, update,
           fmt::format("{}/balance/{}/ranks:{}/update:{}", bench, place, c.ep, update.text)});
    }
  }
  return runs;
}

void balance(const BalanceRun& run, const Options& options, report::CsvWriter* csv) {
  report::Record start = start_record(run, options);
  try {
    if (run.what.skip) throw CaseSkipped(*run.what.skip);
    if (run.what.tokens == 0) throw CaseSkipped("no tokens, no load");
    require_a_load(run.what.skew);
    SteppedRouter router(run.what, options.seed);
    const report::Table table = balance_steps(run, options, router, start, csv);
    if (!options.quiet) table.print(std::cout);
  } catch (const CaseSkipped& skipped) {
    start.status = "skipped";
    start.reason = skipped.what();
    if (csv != nullptr) csv->write(start);
    if (!options.quiet) std::cout << fmt::format("{}: skipped: {}\n", run.name, start.reason);
  }
}

}  // namespace moemark::bench
