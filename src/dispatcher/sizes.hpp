// What a rank must hold for the tables of a case: the arguments of every allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dispatcher/exchange.hpp"
#include "model/dtype.hpp"
#include "traffic/expert_groups.hpp"
#include "traffic/expert_placement.hpp"
#include "traffic/traffic_matrix.hpp"

namespace moemark::dispatcher {

// How rows are stored on their way to the experts and back.
struct RowFormat {
  std::size_t hidden = 0;
  DType dtype = DType::bf16;          // of dispatched rows; fp8: quantised from bf16 on the way
  DType combine_dtype = DType::bf16;  // of returned rows

  [[nodiscard]] std::size_t row_bytes() const { return moemark::row_bytes(dtype, hidden); }
  [[nodiscard]] std::size_t combine_row_bytes() const {
    return moemark::row_bytes(combine_dtype, hidden);
  }
  // Of the tokens before they are dispatched.
  [[nodiscard]] DType token_dtype() const { return moemark::token_dtype(dtype); }
  [[nodiscard]] std::size_t token_bytes() const {
    return moemark::row_bytes(token_dtype(), hidden);
  }
};

// What one rank must hold for the tables of a case; known before any clock runs.
struct Sizes : RowFormat {
  Sizes() = default;
  explicit Sizes(const RowFormat& format) : RowFormat(format) {}

  int rank = 0;   // in the EP group
  int ranks = 0;  // of the EP group
  int topk = 0;
  std::size_t tokens = 0;        // of this rank
  std::size_t tokens_max = 0;    // of any rank of the group
  std::size_t send_rows = 0;     // assignments of this rank's tokens
  std::size_t receive_rows = 0;  // assignments to this rank's experts
  std::size_t cell_rows = 0;     // C: most assignments of one source to one expert
  Exchange exchange;             // of the strategy to be prepared
  ExpertPlacement placement;     // experts on the ranks of the group
  Topology topology;             // nodes of the ranks of the group

  // Rows of strategies that carry a token once to a rank or a node.
  std::size_t unique_send_rows = 0;     // sum over d of u[rank][d]
  std::size_t unique_receive_rows = 0;  // sum over s of u[s][rank]
  std::size_t rail_send_rows = 0;       // sum over nodes m of v[rank][m]
  std::size_t rail_receive_rows = 0;    // tokens that the rank's rail brings to its node
  std::size_t forward_rows = 0;         // of those, (token, rank of the node) pairs

  [[nodiscard]] std::size_t local_experts() const {
    return static_cast<std::size_t>(placement.count(rank));
  }
  // ceil(E / R): every rank's width in exchanged counts and padded cells.
  [[nodiscard]] std::size_t experts_each() const {
    return static_cast<std::size_t>(placement.max_count());
  }
};

// Rows of one source towards one rank q, assignments and tokens.
struct PeerRows {
  std::int64_t n = 0;       // assignments to q
  std::int64_t u = 0;       // tokens needing q
  std::int64_t v = 0;       // tokens needing q's node
  std::int64_t u_node = 0;  // sum of u over the ranks of q's node in its EP group
};

// Of one source towards every rank of the job: its rows n and u [ranks], v [nodes].
std::vector<PeerRows> rows_to_peers(const ExpertGroups& groups, std::span<const std::int64_t> n,
                                    std::span<const std::int64_t> u,
                                    std::span<const std::int64_t> v);

// What the tables of a case are, as one rank knows them without the others' rows.
struct OwnTraffic {
  int rank = 0;  // of the job
  int topk = 0;
  std::int64_t tokens = 0;
  std::int64_t tokens_max = 0;     // in the EP group
  std::int64_t cell_max = 0;       // in the EP group, over (source, expert)
  std::vector<PeerRows> out = {};  // [ranks] from this rank
  std::vector<PeerRows> in = {};   // [ranks] to this rank, from each
};
Sizes sizes_of(const OwnTraffic& own, const ExpertGroups& groups, const RowFormat& format);

// Of one rank, from the matrices of the whole job.
Sizes sizes_of(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
               const RowFormat& format);

}  // namespace moemark::dispatcher
