// Every token to everyone over one hop or several: all-gather there, reduce-scatter back. The
// strategies allgather_reducescatter and hierarchical_allgather differ in their hops alone.
//
// dispatch: pack    copy this rank's rows, ids and weights, padded to the largest T
//           metadata  all-gather ids and weights, hop by hop
//           transfer  all-gather the rows, hop by hop
//           sort    all assignments to own experts
//           unpack  copy their rows
// combine:  pack    weighted sum over own experts for every token of every rank, float32
//           transfer  reduce-scatter the partial sums (bfloat16 is added in float32 per hop), in
//                   reverse order of the hops
//           unpack  this rank's rows without the padding
#pragma once

#include <memory>
#include <vector>

#include "dispatcher/parts/token_expansion.hpp"

namespace moemark::dispatcher {

struct Hop {
  std::string_view transfer_name;
  std::shared_ptr<comm::Transport> transport;
};

// Ranks of each hop.
using HopSizes = std::vector<std::size_t>;

class GatherScatter final : public Dispatcher {
 public:
  explicit GatherScatter(std::vector<Hop> hops) : hops_(std::move(hops)) {}

  void prepare(const Sizes& sizes, const TokenBatch& batch) override;
  ExpertBatch expert_batch() override { return experts_->batch(); }
  std::vector<int> source_order() const override;
  std::vector<std::span<std::byte>> receive_buffers() override;
  std::size_t allocated_bytes() const override { return buffer_bytes(sizes_, hop_sizes()); }
  static std::size_t buffer_bytes(const Sizes& sizes, const HopSizes& hops);
  int combine_roundings() const override;

 private:
  // What this rank holds before the first hop and after each, padded tokens included.
  struct Level {
    Level(const Sizes& sizes, std::size_t tokens_held)
        : tokens(tokens_held),
          rows(tokens * sizes.row_bytes()),
          ids(tokens * static_cast<std::size_t>(sizes.topk) * 4),
          weights(ids.size_bytes()),
          sums(tokens * sizes.combine_row_bytes()) {}

    std::size_t tokens;
    device::Buffer rows, ids, weights;
    device::Buffer sums;  // combine: partial, at last reduced
  };
  [[nodiscard]] HopSizes hop_sizes() const;
  void pack(device::Stream& stream);
  void gather_tables(device::Stream& stream);
  void make_steps();

  std::vector<Hop> hops_;
  Sizes sizes_;
  TokenBatch batch_;
  std::vector<Level> levels_;
  std::unique_ptr<TokenExpansion> experts_;
};

// The largest T of the rank's EP group: what every rank pads to.
std::int64_t largest_tokens(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank);

// Traffic of one hop: `tokens` rows to each of `peers` (job ranks), and as many from each.
RankTraffic declare_hop(const ExpertGroups& groups, int rank, const std::vector<int>& peers,
                        std::int64_t tokens, Direction direction, std::size_t row_bytes, int topk);

}  // namespace moemark::dispatcher
