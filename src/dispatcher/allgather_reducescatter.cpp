// `allgather_reducescatter`: every token to everyone; each rank keeps what its experts need.
//
// dispatch: pack    copy this rank's ids and weights behind each other, padded to the largest T
//           counts  all-gather ids and weights
//           transfer  all-gather the rows, padded to the largest T
//           unpack  sort all assignments to own experts, copy their rows
// combine:  pack    weighted sum over own experts for every token of every rank, float32
//           transfer  reduce-scatter the partial sums (bfloat16 is added in float32 per hop)
//           unpack  this rank's rows without the padding
//
// Bytes s -> d: Tmax * b (combine b_c), by the class of (source, receiver) whatever algorithm the
// library takes. Metadata: 8 * K * Tmax for each pair s != d.
#include <algorithm>

#include "dispatcher/layout.hpp"
#include "kernels/permutation.hpp"
#include "kernels/regroup.hpp"

namespace moemark::dispatcher {
namespace {

class AllGatherReduceScatter final : public Dispatcher {
 public:
  explicit AllGatherReduceScatter(comm::Transport& transport) : transport_(transport) {}

  void prepare(const Sizes& sizes, const TokenBatch& batch) override;
  std::span<const Step> dispatch() const override { return dispatch_; }
  std::span<const Step> combine() const override { return combine_; }
  ExpertBatch expert_batch() override;
  std::vector<std::span<std::byte>> receive_buffers() override;
  std::size_t allocated_bytes() const override { return buffer_bytes(sizes_); }
  // Expert output, partial sum, and once for each of the R - 1 additions of the reduce-scatter.
  int combine_roundings() const override { return 2 + sizes_.ranks - 1; }

  static std::size_t buffer_bytes(const Sizes& sizes);

 private:
  struct Buffers {
    explicit Buffers(const Sizes& sizes);

    device::Buffer own_rows, own_ids, own_weights;  // padded to Tmax tokens
    device::Buffer all_rows, all_ids, all_weights;  // of every rank
    device::Buffer keys, counts, offsets, assign_to_pos;
    device::Buffer expert_rows, expert_outputs;
    device::Buffer partial, reduced;  // [R * Tmax, H] and [Tmax, H] of b_c
  };
  static std::size_t all_tokens(const Sizes& sizes) {
    return static_cast<std::size_t>(sizes.ranks) * sizes.tokens_max;
  }
  [[nodiscard]] std::size_t assignments_each() const {
    return sizes_.tokens_max * static_cast<std::size_t>(sizes_.topk);
  }
  void make_dispatch_steps();
  void make_combine_steps();

  comm::Transport& transport_;
  Sizes sizes_;
  TokenBatch batch_;
  std::unique_ptr<Buffers> buffers_;
  std::vector<Step> dispatch_, combine_;
};

AllGatherReduceScatter::Buffers::Buffers(const Sizes& s)
    : own_rows(s.tokens_max * s.row_bytes()),
      own_ids(s.tokens_max * static_cast<std::size_t>(s.topk) * 4),
      own_weights(own_ids.size_bytes()),
      all_rows(all_tokens(s) * s.row_bytes()),
      all_ids(all_tokens(s) * static_cast<std::size_t>(s.topk) * 4),
      all_weights(all_ids.size_bytes()),
      keys(all_ids.size_bytes()),
      counts(s.local_experts() * 4),
      offsets((s.local_experts() + 1) * 4),
      assign_to_pos(all_ids.size_bytes()),
      expert_rows(s.receive_rows * s.row_bytes()),
      expert_outputs(s.receive_rows * s.combine_row_bytes()),
      partial(all_tokens(s) * s.combine_row_bytes()),
      reduced(s.tokens_max * s.combine_row_bytes()) {
  // Tokens beyond this rank's own stay masked for ever.
  device::Stream stream;
  device::fill_bytes(stream, own_rows.bytes(), std::byte{0});
  device::fill_bytes(stream, own_weights.bytes(), std::byte{0});
  device::fill_bytes(stream, own_ids.bytes(), std::byte{0xff});
  stream.synchronize();
}

std::size_t AllGatherReduceScatter::buffer_bytes(const Sizes& s) {
  const std::size_t all = all_tokens(s);
  const auto topk = static_cast<std::size_t>(s.topk);
  return (s.tokens_max + all + s.receive_rows) * s.row_bytes() +
         (s.receive_rows + all + s.tokens_max) * s.combine_row_bytes() + 8 * s.tokens_max * topk +
         16 * all * topk + 4 * (2 * s.local_experts() + 1);
}

void AllGatherReduceScatter::prepare(const Sizes& sizes, const TokenBatch& batch) {
  sizes_ = sizes;
  batch_ = batch;
  buffers_ = std::make_unique<Buffers>(sizes);
  transport_.prepare_rows(sizes.row_bytes());
  make_dispatch_steps();
  make_combine_steps();
}

void AllGatherReduceScatter::make_dispatch_steps() {
  Buffers& b = *buffers_;
  dispatch_ = {
      {"pack", false,
       [this, &b](device::Stream& stream) {
         const auto copy = [&stream](std::span<const std::byte> from, device::Buffer& to) {
           device::copy_on_device(stream, from, to.bytes().first(from.size()));
         };
         copy(batch_.rows, b.own_rows);
         copy(std::as_bytes(batch_.topk_ids), b.own_ids);
         copy(std::as_bytes(batch_.topk_weights), b.own_weights);
       }},
      {"counts", false,
       [this, &b](device::Stream& stream) {
         transport_.all_gather(stream, b.own_ids.bytes(), b.all_ids.bytes(), 4, assignments_each(),
                               comm::Cargo::metadata);
         transport_.all_gather(stream, b.own_weights.bytes(), b.all_weights.bytes(), 4,
                               assignments_each(), comm::Cargo::metadata);
       }},
      {"transfer", false,
       [this, &b](device::Stream& stream) {
         transport_.all_gather(stream, b.own_rows.bytes(), b.all_rows.bytes(), sizes_.row_bytes(),
                               sizes_.tokens_max, comm::Cargo::payload);
       }},
      {"unpack", false,
       [this, &b](device::Stream& stream) {
         const int first = sizes_.placement.first(sizes_.rank);
         const int count = sizes_.placement.count(sizes_.rank);
         kernels::localise_ids(stream, b.all_ids.as<const std::int32_t>(), first, count,
                               b.keys.as<std::int32_t>());
         kernels::build_plan(stream, b.keys.as<const std::int32_t>(),
                             {b.counts.as<std::int32_t>(), b.offsets.as<std::int32_t>(),
                              b.assign_to_pos.as<std::int32_t>()});
         kernels::permute_rows(stream, b.all_rows.bytes(), sizes_.row_bytes(),
                               b.assign_to_pos.as<const std::int32_t>(), sizes_.topk,
                               b.expert_rows.bytes());
       }},
  };
}

void AllGatherReduceScatter::make_combine_steps() {
  Buffers& b = *buffers_;
  combine_ = {
      {"pack", false,
       [this, &b](device::Stream& stream) {
         kernels::unpermute_rows(
             stream, {sizes_.combine_dtype, sizes_.hidden, b.expert_outputs.bytes()},
             b.assign_to_pos.as<const std::int32_t>(), b.all_weights.as<const float>(), sizes_.topk,
             {sizes_.combine_dtype, sizes_.hidden, b.partial.bytes()});
       }},
      {"transfer", false,
       [this, &b](device::Stream& stream) {
         transport_.reduce_scatter(
             stream, b.partial.bytes(), b.reduced.bytes(),
             sizes_.combine_dtype == DType::bf16 ? comm::Element::bfloat16 : comm::Element::float32,
             sizes_.tokens_max * sizes_.hidden);
       }},
      {"unpack", false,
       [this, &b](device::Stream& stream) {
         device::copy_on_device(stream, b.reduced.bytes().first(batch_.combined.size()),
                                batch_.combined);
       }},
  };
}

ExpertBatch AllGatherReduceScatter::expert_batch() {
  return {{sizes_.dtype, sizes_.hidden, buffers_->expert_rows.bytes()},
          {sizes_.combine_dtype, sizes_.hidden, buffers_->expert_outputs.bytes()},
          buffers_->offsets.as<std::int32_t>()};
}

std::vector<std::span<std::byte>> AllGatherReduceScatter::receive_buffers() {
  return {buffers_->all_rows.bytes(), buffers_->expert_rows.bytes(), buffers_->partial.bytes(),
          buffers_->reduced.bytes()};
}

RankTraffic declare(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
                    Direction direction, std::size_t row_bytes) {
  const int first = groups.first_rank(groups.group_of(rank));
  const auto tokens =
      std::span(traffic.tokens)
          .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(groups.ep));
  const std::int64_t tokens_max = *std::max_element(tokens.begin(), tokens.end());
  RankTraffic declared =
      declare_exchange(groups, rank, direction, row_bytes, [=](int, int) { return tokens_max; });
  if (direction == Direction::dispatch) {
    declared.metadata_bytes = 8 * traffic.topk * tokens_max * (groups.ep - 1);
  }
  return declared;
}

}  // namespace

DispatcherEntry allgather_reducescatter() {
  return {"allgather_reducescatter", "every token to every rank; combine reduces and scatters",
          [](comm::Transport& transport) -> std::unique_ptr<Dispatcher> {
            return std::make_unique<AllGatherReduceScatter>(transport);
          },
          &declare, &AllGatherReduceScatter::buffer_bytes};
}

}  // namespace moemark::dispatcher
