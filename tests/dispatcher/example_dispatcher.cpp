// The example of CONTRIBUTING: a whole strategy in one file. As allgather_reducescatter every token
// goes to everyone, but partial sums come home by an all-to-all and are added at the source, so
// that bfloat16 is rounded twice on the way, not once a hop.
//
// Bytes s -> d: Tmax * b there and Tmax * b_c back. Metadata: 8 * K * Tmax for each pair s != d.
#include <algorithm>

#include "dispatcher/parts/layout.hpp"
#include "dispatcher/parts/token_expansion.hpp"
#include "kernels/permutation.hpp"

namespace moemark::dispatcher {
namespace {

using device::Stream;

// 1. What prepare() allocates, and the same as a formula.
struct Buffers {
  explicit Buffers(const Sizes& s)
      : all(static_cast<std::size_t>(s.ranks) * s.tokens_max),
        words(s.tokens_max * static_cast<std::size_t>(s.topk)),
        own_rows(s.tokens_max * s.row_bytes()),
        rows(all * s.row_bytes()),
        own_ids(words * 4),
        ids(words * 4 * static_cast<std::size_t>(s.ranks)),
        own_weights(own_ids.size_bytes()),
        weights(ids.size_bytes()),
        sums(all * s.combine_row_bytes()),
        returned(all * s.combine_row_bytes()),
        home(all * 4),
        experts(s, all) {}

  std::size_t all, words;  // tokens of all ranks; assignments of one
  device::Buffer own_rows, rows, own_ids, ids, own_weights, weights, sums, returned, home;
  TokenExpansion experts;
};

std::size_t buffer_bytes(const Sizes& s) {
  const std::size_t all = static_cast<std::size_t>(s.ranks) * s.tokens_max;
  const std::size_t tokens = s.tokens_max + all;
  return tokens * (s.row_bytes() + 8 * static_cast<std::size_t>(s.topk)) +
         2 * all * s.combine_row_bytes() + 4 * all + TokenExpansion::buffer_bytes(s, all);
}

// Row r * Tmax + t of what came home is rank r's part of token t.
std::vector<std::int32_t> places_at_home(const Sizes& s) {
  std::vector<std::int32_t> places;
  for (std::size_t token = 0; token < s.tokens_max; ++token) {
    for (int rank = 0; rank < s.ranks; ++rank) {
      places.push_back(
          static_cast<std::int32_t>(static_cast<std::size_t>(rank) * s.tokens_max + token));
    }
  }
  return places;
}

// 2. The steps of both directions; they allocate nothing.
class AllGatherAllToAll final : public Dispatcher {
 public:
  explicit AllGatherAllToAll(comm::Transport& transport) : transport_(transport) {}

  void prepare(const Sizes& sizes, const TokenBatch& batch) override;
  ExpertBatch expert_batch() override { return buffers_->experts.batch(); }
  int combine_roundings() const override { return 3; }  // output, partial sum, result
  std::vector<std::span<std::byte>> receive_buffers() override {
    return {buffers_->rows.bytes(), buffers_->experts.rows(), buffers_->returned.bytes()};
  }
  std::size_t allocated_bytes() const override { return buffer_bytes(sizes_); }

 private:
  comm::Transport& transport_;
  Sizes sizes_;
  TokenBatch batch_;
  std::unique_ptr<Buffers> buffers_;
};

void AllGatherAllToAll::prepare(const Sizes& sizes, const TokenBatch& batch) {
  sizes_ = sizes;
  batch_ = batch;
  buffers_ = std::make_unique<Buffers>(sizes);
  Buffers& b = *buffers_;
  Stream setup;
  const std::vector<std::int32_t> home = places_at_home(sizes);
  device::copy_to_device(setup, std::as_bytes(std::span(home)), b.home.bytes());
  device::fill_bytes(setup, b.own_rows.bytes(), std::byte{0});
  device::fill_bytes(setup, b.own_weights.bytes(), std::byte{0});
  device::fill_bytes(setup, b.own_ids.bytes(), std::byte{0xff});  // padded tokens: no expert
  setup.synchronize();

  std::vector<Step> dispatch = {
      {"pack", StepKind::rows,
       [this, &b](Stream& s) {
         const auto copy = [&s](std::span<const std::byte> from, device::Buffer& to) {
           device::copy_on_device(s, from, to.bytes().first(from.size()));
         };
         copy(batch_.rows, b.own_rows);
         copy(std::as_bytes(batch_.topk_ids), b.own_ids);
         copy(std::as_bytes(batch_.topk_weights), b.own_weights);
       }},
      {"metadata", StepKind::layout,
       [this, &b](Stream& s) {
         using comm::Cargo;
         transport_.all_gather(s, b.own_ids.bytes(), b.ids.bytes(), 4, b.words, Cargo::metadata);
         transport_.all_gather(s, b.own_weights.bytes(), b.weights.bytes(), 4, b.words,
                               Cargo::metadata);
         b.experts.sort(s, b.ids.as<const std::int32_t>());
       }},
      {"transfer", StepKind::rows,
       [this, &b](Stream& s) {
         transport_.all_gather(s, b.own_rows.bytes(), b.rows.bytes(), sizes_.row_bytes(),
                               sizes_.tokens_max, comm::Cargo::payload);
       }},
      {"unpack", StepKind::rows, [&b](Stream& s) { b.experts.expand(s, b.rows.bytes()); }},
  };
  std::vector<Step> combine = {
      {"pack", StepKind::rows,
       [&b](Stream& s) { b.experts.reduce(s, b.weights.as<const float>(), b.sums.bytes()); }},
      {"transfer", StepKind::rows,
       [this, &b](Stream& s) {
         transport_.all_to_all(s, b.sums.bytes(), b.returned.bytes(), sizes_.combine_row_bytes(),
                               sizes_.tokens_max, comm::Cargo::payload);
       }},
      {"unpack", StepKind::rows,
       [this, &b](Stream& s) {
         const std::size_t parts = sizes_.tokens * static_cast<std::size_t>(sizes_.ranks);
         kernels::unpermute_rows(s, {sizes_.combine_dtype, sizes_.hidden, b.returned.bytes()},
                                 b.home.as<const std::int32_t>().first(parts), {}, sizes_.ranks,
                                 {sizes_.combine_dtype, sizes_.hidden, batch_.combined});
       }},
  };
  set_steps(std::move(dispatch), std::move(combine));
}

// 3. The bytes by formula: what the transport will count, on every rank, in both directions.
RankTraffic declare(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
                    Direction direction, std::size_t row_bytes, const Exchange& /*exchange*/) {
  const int first = groups.first_rank(groups.group_of(rank));
  const auto begin = traffic.tokens.begin() + first;
  const std::int64_t tokens = *std::max_element(begin, begin + groups.ep);
  RankTraffic declared =
      declare_exchange(groups, rank, direction, row_bytes, [=](int, int) { return tokens; });
  if (direction == Direction::dispatch) {
    declared.metadata_bytes = 8 * tokens * traffic.topk * (groups.ep - 1);
  }
  return declared;
}

}  // namespace

// 4. The table line: src/dispatcher/table.cpp declares this function and lists its entry.
DispatcherEntry example_dispatcher() {
  return {
      .name = "allgather_alltoall",
      .summary = "every token to every rank; partial sums come home and are added there",
      .make = [](comm::Transport& transport) -> std::unique_ptr<Dispatcher> {
        return std::make_unique<AllGatherAllToAll>(transport);
      },
      .declare = &declare,
      .buffer_bytes = &buffer_bytes,
      .bound_us = &all_gather_bound_us,
  };
}

}  // namespace moemark::dispatcher
