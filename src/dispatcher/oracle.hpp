// The oracle: payload of small integers whose results are exact in bfloat16 and in any order, so
// that every dispatcher must deliver the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dispatcher/dispatcher.hpp"
#include "routing/lattice.hpp"
#include "routing/routing_table.hpp"
#include "traffic/placement/expert_slots.hpp"

namespace moemark::dispatcher {

// What the truth of a case is computed from.
struct OracleCase {
  Sizes sizes;
  std::uint64_t seed = 0;
  std::uint32_t step = 0;
  int first_rank = 0;  // job rank of the group's rank 0
  // The table of any rank of the group, physical expert ids: recomputed, never communicated.
  std::function<RoutingTable(int group_rank)> table_of;
  bool weighted = true;  // false: every weight is 1, as in the backward pass
  // Whose factor each physical expert has, so that results do not depend on the placement; empty:
  // expert e's is its own.
  ExpertSlots slots = {};

  [[nodiscard]] int logical(int physical) const {
    return slots.slots() == 0 ? physical : slots.expert_of(physical);
  }
};

class Oracle {
 public:
  // Computes payload, expected arrival and expected result once for all dispatchers of a case.
  // Throws CaseSkipped when k is beyond the lattice (k > 256).
  explicit Oracle(OracleCase oracle_case);

  // Host memory that the expectations of `sizes` take.
  static std::size_t memory_bytes(const Sizes& sizes);

  // This rank's rows, [T, H] of Sizes::token_dtype(), to be uploaded into TokenBatch::rows.
  [[nodiscard]] const std::vector<std::byte>& payload() const { return payload_; }
  // Lattice weights of this rank's tokens, [T, K].
  [[nodiscard]] const std::vector<float>& weights() const { return weights_; }

  // Poisons the receive buffers, runs dispatch, and once more with the known layout, then the
  // stand-in experts and combine, and compares each arrival and the result bit for bit. Collective.
  // Returns what differs, or nothing; leaves the lattice's rows in the dispatcher's buffers.
  std::optional<std::string> check(Dispatcher& dispatcher, const TokenBatch& batch,
                                   device::Stream& stream) const;

  // FNV-1a of this rank's expected combined rows, continued from `state`.
  [[nodiscard]] std::uint64_t result_hash(std::uint64_t state) const;

 private:
  void expect_arrival();
  void expect_result();
  [[nodiscard]] std::optional<std::string> compare_arrival(const ExpertBatch& arrived,
                                                           std::span<const std::size_t> order,
                                                           device::Stream& stream) const;
  [[nodiscard]] std::vector<std::size_t> arrival_order(const std::vector<int>& source_order) const;
  [[nodiscard]] std::optional<std::string> compare_result(std::span<const std::byte> combined,
                                                          device::Stream& stream) const;
  void apply_experts(const ExpertBatch& batch, std::span<const std::size_t> order,
                     device::Stream& stream) const;
  void append_row(int source_rank, int token, DType dtype, std::vector<std::byte>& rows) const;

  OracleCase case_;
  Lattice lattice_;
  std::vector<std::byte> payload_;
  std::vector<float> weights_;
  std::vector<std::byte> arrival_;  // [receive_rows, H], expert-major
  std::vector<int> source_of_row_;  // group rank of each
  std::vector<std::int32_t> expert_offsets_;
  std::vector<std::byte> result_;  // [T, H] of the combine dtype
};

}  // namespace moemark::dispatcher
