// A way to carry tokens to their experts and back: a list of steps each way. A strategy knows no
// clock, no MPI and no device; it moves rows with kernels and a Transport.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comm/transport.hpp"
#include "device/stream.hpp"
#include "dispatcher/sizes.hpp"
#include "dispatcher/step.hpp"
#include "kernels/rows.hpp"
#include "traffic/direction.hpp"
#include "traffic/lower_bound.hpp"
#include "traffic/rank_traffic.hpp"
#include "traffic/traffic_matrix.hpp"

namespace moemark::dispatcher {

// The tokens of this rank, in device memory that outlives the dispatcher's use of it.
struct TokenBatch {
  std::span<const std::byte> rows;         // [T, H] of Sizes::token_dtype()
  std::span<const std::int32_t> topk_ids;  // [T, K], -1 = none
  std::span<const float> topk_weights;     // [T, K]
  std::span<std::byte> combined;           // [T, H] of Sizes::combine_dtype: combine's result
};

// The rows that reached this rank's experts, in device memory: expert-major, inside an expert by
// source (in Dispatcher::source_order()), inside a source by assignment. Combine reads `outputs`,
// laid out the same.
struct ExpertBatch {
  kernels::ConstRows rows;
  kernels::Rows outputs;
  std::span<const std::int32_t> expert_offsets;  // [local experts + 1]
};

class Dispatcher {
 public:
  Dispatcher() = default;
  virtual ~Dispatcher() = default;
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // Allocates every buffer, binds the steps to `batch` and hands them to set_steps(); collective
  // over the EP group.
  virtual void prepare(const Sizes& sizes, const TokenBatch& batch) = 0;

  // Running all steps in order is the operation. combine() and dispatch_cached(), which reuses the
  // layout as the backward pass does, need one dispatch() before them and may then be repeated.
  // Steps allocate nothing.
  [[nodiscard]] std::span<const Step> dispatch() const { return dispatch_; }
  [[nodiscard]] std::span<const Step> dispatch_cached() const { return cached_; }
  [[nodiscard]] std::span<const Step> combine() const { return combine_; }

  [[nodiscard]] virtual ExpertBatch expert_batch() = 0;

  // The ranks of the group in the order in which an expert's rows lie; empty = ascending.
  [[nodiscard]] virtual std::vector<int> source_order() const { return {}; }

  // How often a value is rounded to the combine dtype on its way from the expert's float32 sum to
  // the result: as the expert's output and as the result, unless partial sums travel.
  [[nodiscard]] virtual int combine_roundings() const { return 2; }

  // Payload buffers that the oracle poisons before it looks, so that untouched cells show.
  [[nodiscard]] virtual std::vector<std::span<std::byte>> receive_buffers() = 0;
  // Bytes allocated by prepare().
  [[nodiscard]] virtual std::size_t allocated_bytes() const = 0;

 protected:
  // Once dispatched, only rows need to move: `cached` is said only where that takes other steps.
  void set_steps(std::vector<Step> dispatch, std::vector<Step> combine) {
    cached_ = steps_of_rows(dispatch);
    dispatch_ = std::move(dispatch);
    combine_ = std::move(combine);
  }
  void set_steps(std::vector<Step> dispatch, std::vector<Step> cached, std::vector<Step> combine) {
    dispatch_ = std::move(dispatch);
    cached_ = std::move(cached);
    combine_ = std::move(combine);
  }

 private:
  std::vector<Step> dispatch_, cached_, combine_;
};

using moemark::Direction;

// One line of the table of strategies. `declare` is the traffic of one rank (of the job) by
// formula from the traffic matrices; `row_bytes` is b for dispatch, b_c for combine. An exchange
// comes with Sizes; `exchanges` says which it may be.
struct DispatcherEntry {
  std::string_view name;
  std::string_view summary;
  std::unique_ptr<Dispatcher> (*make)(comm::Transport& transport);
  Exchanges exchanges = {};
  RankTraffic (*declare)(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
                         Direction direction, std::size_t row_bytes, const Exchange& exchange);
  std::size_t (*buffer_bytes)(const Sizes& sizes);
  // Least time in microseconds of one direction on given links (traffic/lower_bound.hpp).
  double (*bound_us)(const TrafficMatrices& traffic, const ExpertGroups& groups,
                     std::size_t row_bytes, const LinkRates& links);
  // Why the strategy cannot run in these groups; nothing, or no function: it can.
  std::optional<std::string> (*obstacle)(const ExpertGroups& groups) = nullptr;
};

// Why the strategy cannot run in these groups, or not with this exchange; nothing: it can.
std::optional<std::string> obstacle(const DispatcherEntry& entry, const ExpertGroups& groups,
                                    const Exchange& exchange = {});

// A strategy for rows of `format`: as the entry makes it, quantising first where they are fp8.
std::unique_ptr<Dispatcher> make_dispatcher(const DispatcherEntry& entry,
                                            comm::Transport& transport, const RowFormat& format);
// Bytes that its prepare() allocates.
std::size_t buffer_bytes(const DispatcherEntry& entry, const Sizes& sizes);

// The table; adding a strategy is one file and one line here.
std::span<const DispatcherEntry> dispatchers();

// Throws UsageError naming --dispatcher, the value and the table's names.
const DispatcherEntry& find_dispatcher(std::string_view name);

}  // namespace moemark::dispatcher
