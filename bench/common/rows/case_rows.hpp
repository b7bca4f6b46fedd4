// The rows of one routed case: factors and exact columns filled in, times still empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/common/inputs/routing.hpp"
#include "bench/common/launch/launch.hpp"
#include "bench/common/rows/account.hpp"
#include "bench/common/rows/bounds.hpp"
#include "bench/common/rows/rebalance.hpp"
#include "report/record.hpp"

namespace moemark::bench {

// What is moved: dispatch (anew or with a known layout), combine, or both one after the other.
enum class Phase : std::uint8_t { dispatch, dispatch_cached, combine, round_trip };
std::string_view name(Phase phase);

// `dispatch/alltoallv/preset:tiny/...`
std::string row_name(std::string_view phase, std::string_view dispatcher, const Case& c);

// A row that has no times: `skipped` with its reason, or `wrong`.
report::Record row_without_times(const Launch& launch, const Case& c, std::string_view phase,
                                 std::string_view dispatcher, std::string_view status,
                                 const std::string& reason);
report::Record row_without_times(const Launch& launch, const Case& c, std::string_view phase,
                                 const dispatcher::Strategy& strategy, std::string_view status,
                                 const std::string& reason);

// What a published convention of bandwidth divides by the time.
struct PublishedBytes {
  std::string_view convention;
  double bytes = 0.0;
};

// A row and the traffic its bandwidths are derived from.
struct Row {
  report::Record record;
  OperationTraffic traffic;                             // on rank 0
  std::int64_t useful_bytes = 0;                        // numerator of useful_GBps; 0 = not defined
  std::vector<PublishedBytes> published = {};           // numerators of other tools, if asked for
  const dispatcher::BaselineEntry* baseline = nullptr;  // whose conventions algbw and busbw follow
  std::size_t baseline_bytes = 0;
  int baseline_ranks = 0;  // of a group
  BoundsOnLinks bounds;    // where there are any
};

// algbw, busbw and link of the row's median, by the baseline's conventions where it is one.
void set_bandwidths(Row& row);

class CaseRows {
 public:
  // On ranks other than 0 rows have factors only.
  CaseRows(const Launch& launch, const RoutedCase& routed,
           std::optional<std::uint64_t> result_hash);

  [[nodiscard]] Row of(const dispatcher::Strategy& strategy, Phase phase) const;
  [[nodiscard]] Row of_step(const dispatcher::Strategy& strategy, Phase phase,
                            std::string_view step) const;
  // The raw library call moves what `alltoallv` moves, without metadata.
  [[nodiscard]] Row of_raw(Phase phase) const;
  [[nodiscard]] Row of(const dispatcher::BaselineEntry& entry, std::size_t bytes) const;
  [[nodiscard]] Row of(const Rebalance& rebalance) const;

 private:
  [[nodiscard]] Row start(std::string_view phase, std::string_view dispatcher) const;
  [[nodiscard]] Row start(std::string_view phase, const dispatcher::Strategy& strategy) const;
  [[nodiscard]] std::vector<PublishedBytes> published(Phase phase) const;
  [[nodiscard]] OperationTraffic traffic(const dispatcher::Strategy& strategy, Phase phase) const;

  [[nodiscard]] BoundsOnLinks bounds(const dispatcher::Strategy& strategy, Phase phase) const;

  const RoutedCase& routed_;
  std::optional<LinkRates> links_;
  bool conventions_;
  report::Record common_;
};

}  // namespace moemark::bench
