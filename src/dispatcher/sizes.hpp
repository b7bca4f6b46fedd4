// What a rank must hold for the tables of a case: the arguments of every allocation.
#pragma once

#include <cstddef>

#include "model/dtype.hpp"
#include "traffic/expert_groups.hpp"
#include "traffic/expert_placement.hpp"
#include "traffic/traffic_matrix.hpp"

namespace moemark::dispatcher {

// How rows are stored on their way to the experts and back.
struct RowFormat {
  std::size_t hidden = 0;
  DType dtype = DType::bf16;          // of dispatched rows
  DType combine_dtype = DType::bf16;  // of returned rows

  [[nodiscard]] std::size_t row_bytes() const { return hidden * size_bytes(dtype); }
  [[nodiscard]] std::size_t combine_row_bytes() const { return hidden * size_bytes(combine_dtype); }
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
  ExpertPlacement placement;     // experts on the ranks of the group

  [[nodiscard]] std::size_t local_experts() const {
    return static_cast<std::size_t>(placement.count(rank));
  }
  // ceil(E / R): every rank's width in exchanged counts and padded cells.
  [[nodiscard]] std::size_t experts_each() const {
    return static_cast<std::size_t>(placement.max_count());
  }
};

// Of one rank, from the matrices of the whole job.
Sizes sizes_of(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
               const RowFormat& format);

}  // namespace moemark::dispatcher
