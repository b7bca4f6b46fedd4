// What the GB/s of our own columns and of other tools count: numerators in bytes, to be divided by
// the time of the operation. The same run reads as several numbers, each right by its definition.
//
// All of them count rows times `row_bytes`: b for dispatch, b_c for combine. Combine moves the same
// rows backwards, and the tools count it the same way with sender and receiver swapped; only
// `useful`, which asks for what arrives, depends on the direction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "traffic/direction.hpp"
#include "traffic/expert_groups.hpp"
#include "traffic/rank_traffic.hpp"
#include "traffic/traffic_matrix.hpp"

namespace moemark {

// algbw: the largest over ranks of what one sends or receives, rows to itself and every hop
// included. 0 without ranks.
std::int64_t algbw_bytes(std::span<const RankTraffic> ranks);
// link: the same without what stays on the rank.
std::int64_t link_bytes(std::span<const RankTraffic> ranks);
// useful: the largest over ranks of the rank-unique bytes that come from other ranks, the same for
// every strategy.
std::int64_t useful_bytes(const TrafficMatrices& traffic, std::size_t row_bytes,
                          Direction direction);

// How the ranks' numbers become one.
enum class OverRanks : std::uint8_t { maximum, mean, sum };

// A published convention. Rows stay rows of our own width: what a tool adds to them
// (headers, expert lists) is named in `source`, not counted.
struct BandwidthConvention {
  std::string_view name;                // tool, version, what it calls the number
  std::string_view formula;             // rows of rank r
  std::string_view source;              // where it is defined
  OverRanks over = OverRanks::maximum;  // the job's ranks
  bool needs_network = false;           // printed only where an EP group spans several nodes
  double (*rows)(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank) = nullptr;
};

std::span<const BandwidthConvention> bandwidth_conventions();

// The numerator; nothing where the tool prints no such number.
std::optional<double> numerator_bytes(const BandwidthConvention& convention,
                                      const TrafficMatrices& traffic, const ExpertGroups& groups,
                                      std::size_t row_bytes);

}  // namespace moemark
