// Picks one step and layer out of a trace.
#include "routing/files/recorded_routing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "model/errors.hpp"
#include "routing/files/recorded_file.hpp"
#include "routing/files/trace_binary.hpp"

namespace moemark {
namespace {

// Keeps what was asked for, and remembers what there was to ask for.
class Selection {
 public:
  Selection(const std::string& origin, std::optional<StepLayer> wanted)
      : origin_(origin), wanted_(wanted) {}

  void take(TraceTable&& table) {
    if (!std::exchange(any_, true)) {
      steps_ = {table.step, table.step};
      layers_ = {table.layer, table.layer};
    }
    steps_ = {std::min(steps_.first, table.step), std::max(steps_.second, table.step)};
    layers_ = {std::min(layers_.first, table.layer), std::max(layers_.second, table.layer)};
    if (!wanted_) wanted_ = {table.step, table.layer};
    if (table.step != wanted_->step || table.layer != wanted_->layer) return;
    if (by_rank_.empty()) first_ = {table.experts, table.table.topk};
    if (std::pair(table.experts, table.table.topk) != first_) {
      fail(fmt::format("step {} layer {} has {} experts and k {} on rank {}, before {} and {}",
                       table.step, table.layer, table.experts, table.table.topk, table.rank,
                       first_.first, first_.second));
    }
    const auto [step, layer, rank] = std::tuple(table.step, table.layer, table.rank);
    if (!by_rank_.try_emplace(rank, std::move(table)).second) {
      fail(fmt::format("step {} layer {} stands there twice for rank {}", step, layer, rank));
    }
  }

  RecordedRouting finish() {
    if (!any_) fail("the trace holds no table");
    if (by_rank_.empty()) {
      const StepLayer wanted = wanted_.value_or(StepLayer{});
      fail(fmt::format(
          "step {} layer {} is not recorded; recorded: steps {} to {}, layers {} to {}",
          wanted.step, wanted.layer, steps_.first, steps_.second, layers_.first, layers_.second));
    }
    RecordedRouting result{first_.first, first_.second, true, {}};
    for (auto& [rank, table] : by_rank_) {
      result.weighted = result.weighted && table.weighted;
      result.tables.push_back(std::move(table.table));
    }
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw UsageError(fmt::format("{}: {}", origin_, what));
  }

  const std::string& origin_;
  std::optional<StepLayer> wanted_;
  bool any_ = false;
  std::pair<int, int> steps_, layers_;  // least and most
  std::pair<int, int> first_;           // experts and k of the tables that were kept
  std::map<int, TraceTable> by_rank_;
};

}  // namespace

int RecordedRouting::tokens_max() const {
  return std::ranges::max(tables, {}, &RoutingTable::tokens).tokens;
}

RecordedRouting select_routing(const std::string& origin, std::string_view text,
                               const std::optional<StepLayer>& wanted) {
  Selection selection(origin, wanted);
  read_trace(origin, text, [&](TraceTable&& table) { selection.take(std::move(table)); });
  return selection.finish();
}

std::string binary_trace(const RecordedRouting& routing) {
  const TraceHeader header{routing.experts, routing.topk, 1, routing.ranks(), routing.weighted};
  std::string bytes = binary_header(header);
  for (int rank = 0; rank < routing.ranks(); ++rank) {
    bytes += binary_record(header, {.rank = rank,
                                    .experts = routing.experts,
                                    .weighted = routing.weighted,
                                    .table = routing.tables[static_cast<std::size_t>(rank)]});
  }
  return bytes;
}

}  // namespace moemark
