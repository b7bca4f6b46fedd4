// The exact columns of a row: what a dispatcher declares for a routing, summed and maximised over
// ranks, and how uneven the routing is. No clock, no MPI.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/common/cases/cases.hpp"
#include "dispatcher/baselines/baselines.hpp"
#include "dispatcher/strategy.hpp"
#include "report/record.hpp"
#include "traffic/expert_groups.hpp"
#include "traffic/traffic_matrix.hpp"

namespace moemark::bench {

// Traffic of one operation, every rank of the job.
struct OperationTraffic {
  std::vector<RankTraffic> ranks;

  OperationTraffic& operator+=(const OperationTraffic& other);  // round trip = dispatch + combine
};

// b of dispatch, b_c of combine.
std::size_t row_bytes(const Case& c, dispatcher::Direction direction);

OperationTraffic traffic_of(const dispatcher::Strategy& strategy, const Case& c,
                            const ExpertGroups& groups, const TrafficMatrices& traffic,
                            dispatcher::Direction direction);
OperationTraffic traffic_of(const dispatcher::BaselineEntry& entry, const ExpertGroups& groups,
                            std::size_t bytes);

// Largest over ranks of what the dispatcher allocates.
std::size_t buffer_bytes_of(const dispatcher::Strategy& strategy, const Case& c,
                            const ExpertGroups& groups, const TrafficMatrices& traffic);

// Bytes of a baseline that are comparable with the routing's: all-reduce in either form, all-gather
// and reduce-scatter of T * H, uniform ceil(sum n / R^2) rows a pair, ring and ping-pong the mean
// pair ceil(sum over s != d of n / (R (R - 1))) rows; R ranks of a group, means over groups.
std::size_t baseline_bytes(const dispatcher::BaselineEntry& entry, const Case& c,
                           const ExpertGroups& groups, const TrafficMatrices& traffic);

void set_factors(report::Record& record, const Case& c, const Options& options,
                 const ExpertGroups& groups);
void set_exact(report::Record& record, const OperationTraffic& operation);
// What set_exact says leaves its rank; empty before.
std::optional<std::int64_t> network_bytes(const report::Record& record);
// Entropy, Gini coefficient and dead experts of the load, by the names that run.json gives them.
std::map<std::string, double> routing_facts(const TrafficMatrices& traffic,
                                            const ExpertGroups& groups);
void set_routing_metrics(report::Record& record, const TrafficMatrices& traffic,
                         const ExpertGroups& groups);
// algbw and link of the record's median.
void set_bandwidths(report::Record& record, const OperationTraffic& operation);
// A baseline's algbw and busbw by nccl-tests' conventions, and link.
void set_baseline_bandwidths(report::Record& record, const dispatcher::BaselineEntry& entry,
                             const OperationTraffic& operation, std::size_t bytes, int ranks);

}  // namespace moemark::bench
