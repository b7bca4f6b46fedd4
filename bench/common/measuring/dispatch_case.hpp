// A routed case made ready to run: tokens on the device, dispatchers prepared, the truth computed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/common/inputs/routing.hpp"
#include "bench/common/launch/launch.hpp"
#include "comm/raw_reference.hpp"
#include "comm/transport.hpp"
#include "device/buffer.hpp"
#include "dispatcher/baselines/baselines.hpp"
#include "dispatcher/oracle.hpp"
#include "dispatcher/strategy.hpp"
#include "measure/sampler.hpp"

namespace moemark::bench {

// What a dispatch, combine or baseline is measured by.
struct NamedDispatcher {
  dispatcher::Strategy strategy;
  std::unique_ptr<dispatcher::Dispatcher> dispatcher;
};

struct NamedBaseline {
  const dispatcher::BaselineEntry* entry;
  std::size_t bytes;
  dispatcher::Baseline baseline;
};

class DispatchCase {
 public:
  // Collective over the job. Throws CaseSkipped when not even one dispatcher of the case fits.
  DispatchCase(const RoutedCase& routed, Launch& launch);

  // Largest over ranks of what preparing the strategy takes, beside what the case itself holds.
  [[nodiscard]] std::size_t needed_bytes(const dispatcher::Strategy& strategy) const;
  // What is left of the budget once the case itself is held.
  [[nodiscard]] std::size_t budget_bytes() const { return budget_bytes_; }

  // Prepares one dispatcher and checks it against the oracle, bit for bit. Collective; throws
  // WrongResult on every rank when any rank differs.
  NamedDispatcher prepare(const dispatcher::Strategy& strategy);
  NamedBaseline prepare(const dispatcher::BaselineEntry& entry, std::size_t bytes);

  // Replaces the lattice's rows and weights by others of the same shape, and back.
  void load_tokens(std::span<const std::byte> rows, std::span<const float> weights);
  void load_lattice() { load_tokens(oracle_.payload(), oracle_.weights()); }

  // The bare library call with this case's assignments: there, back, or both.
  [[nodiscard]] measure::Participant raw_dispatch();
  [[nodiscard]] measure::Participant raw_combine();
  [[nodiscard]] measure::Participant raw_round_trip();

  [[nodiscard]] const dispatcher::TokenBatch& batch() const { return batch_; }
  [[nodiscard]] comm::Transport& transport() { return transport_; }
  // Of all ranks' combined rows, as the oracle has them; collective.
  [[nodiscard]] std::uint64_t result_hash() const;

 private:
  const RoutedCase& routed_;
  Launch& launch_;
  comm::Communicator group_;
  comm::Transport transport_;
  std::size_t budget_bytes_;
  dispatcher::Oracle oracle_;
  device::Buffer rows_, ids_, weights_, combined_;
  dispatcher::TokenBatch batch_;
  comm::RawReference raw_dispatch_, raw_combine_;
};

}  // namespace moemark::bench
