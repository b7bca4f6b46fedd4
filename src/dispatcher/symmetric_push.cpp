// `symmetric_push`: stores straight into the receivers' memory. Everybody knows all counts, so the
// place of a row over there is a prefix sum; no row is packed, sent or received.
//
// dispatch: layout  first expert of each (token, rank) pair, sorted by rank
//           counts  store this rank's row of counts into every window; barrier
//           metadata  pack the lists of K ids and K weights, store them
//           transfer  store u[s][d] rows from s into d's window; barrier
//           sort    what arrived by own expert
//           unpack  copy the rows
// combine:  ready  barrier: nobody still reads the sums of the combine before
//           transfer  weighted sum of a token's outputs on this rank in float32, stored straight
//                     into the window of the token's rank; barrier
//           unpack  sum of the ranks' partial sums, float32
//
// Bytes s -> d: u[s][d] * b, combine u[d][s] * b_c. Metadata: 4 * R + 8 * K * u[s][d] for s != d.
// The barriers carry no bytes that are counted. Ranks must share a host.
#include <array>
#include <numeric>

#include "dispatcher/parts/layout.hpp"
#include "dispatcher/parts/push_places.hpp"
#include "dispatcher/parts/rails.hpp"
#include "dispatcher/parts/token_expansion.hpp"
#include "dispatcher/parts/unique_plan.hpp"
#include "kernels/token_lists.hpp"

namespace moemark::dispatcher {
namespace {

using comm::Cargo;
using comm::SharedWindow;
using device::Stream;

constexpr std::size_t word_bytes = sizeof(std::int32_t);

std::size_t assignments(const Sizes& sizes) {
  return sizes.tokens * static_cast<std::size_t>(sizes.topk);
}
std::size_t list_bytes(const Sizes& sizes) {
  return 2 * word_bytes * static_cast<std::size_t>(sizes.topk);
}
std::size_t count_bytes(const Sizes& sizes) {
  return static_cast<std::size_t>(sizes.ranks) * static_cast<std::size_t>(sizes.ranks) * word_bytes;
}

// Sections of the window. Counts are [R, R], rows from source to destination, the same on every
// rank; sums are what the ranks bring back.
enum Section : std::uint8_t { count_section, list_section, row_section, sum_section };

std::array<std::size_t, 4> section_bytes(const Sizes& sizes) {
  return {count_bytes(sizes), sizes.unique_receive_rows * list_bytes(sizes),
          sizes.unique_receive_rows * sizes.row_bytes(),
          sizes.unique_send_rows * sizes.combine_row_bytes()};
}

// What one prepared case owns.
struct Memory {
  Memory(const comm::Transport& transport, const Sizes& sizes)
      : plan(sizes.placement.rank_of_each(), sizes.ranks, assignments(sizes)),
        experts(sizes, sizes.unique_receive_rows),
        window(transport.window(section_bytes(sizes))),
        packed_lists(sizes.unique_send_rows * list_bytes(sizes)),
        ids(sizes.unique_receive_rows * list_bytes(sizes) / 2),
        weights(sizes.unique_receive_rows * list_bytes(sizes) / 2) {}

  static std::size_t bytes(const Sizes& sizes) {
    const auto sections = section_bytes(sizes);
    return UniquePlan::buffer_bytes(sizes.placement.experts(), sizes.ranks, assignments(sizes)) +
           TokenExpansion::buffer_bytes(sizes, sizes.unique_receive_rows) +
           std::accumulate(sections.begin(), sections.end(), std::size_t{0}) +
           (sizes.unique_send_rows + sizes.unique_receive_rows) * list_bytes(sizes);
  }

  UniquePlan plan;
  TokenExpansion experts;
  SharedWindow window;
  device::Buffer packed_lists, ids, weights;
};

class SymmetricPush final : public Dispatcher {
 public:
  explicit SymmetricPush(comm::Transport& transport) : transport_(transport) {}

  void prepare(const Sizes& sizes, const TokenBatch& batch) override;
  ExpertBatch expert_batch() override { return memory_->experts.batch(); }
  // Expert output, the rank's partial sum, result.
  int combine_roundings() const override { return 3; }
  std::vector<std::span<std::byte>> receive_buffers() override {
    return {own(row_section), own(sum_section), memory_->experts.rows()};
  }
  std::size_t allocated_bytes() const override { return Memory::bytes(sizes_); }

 private:
  [[nodiscard]] std::span<std::byte> own(Section section) const {
    return memory_->window.part(sizes_.rank, section);
  }
  Step push_step(const std::function<void(Stream&)>& push);
  void publish_counts(Stream& stream);
  void read_counts(Stream& stream);
  void push_lists(Stream& stream);
  void push_rows(Stream& stream);
  void sort(Stream& stream);
  void unpack(Stream& stream);
  void push_sums(Stream& stream);
  void sum(Stream& stream);

  comm::Transport& transport_;
  Sizes sizes_;
  TokenBatch batch_;
  std::unique_ptr<Memory> memory_;
  std::vector<std::int32_t> counts_host_;  // [R, R]
  PushPlaces places_;
  std::vector<std::span<std::byte>> destinations_;  // [R], of the rows that go there
};

void SymmetricPush::prepare(const Sizes& sizes, const TokenBatch& batch) {
  sizes_ = sizes;
  batch_ = batch;
  memory_ = std::make_unique<Memory>(transport_, sizes);
  const auto ranks = static_cast<std::size_t>(sizes.ranks);
  counts_host_.resize(ranks * ranks);
  places_ = PushPlaces(sizes.ranks, sizes.rank);
  destinations_.resize(ranks);
  std::vector<Step> dispatch = {
      {"layout", StepKind::layout,
       [this](Stream& s) { memory_->plan.build(s, batch_.topk_ids, sizes_.topk); }},
      {"counts", StepKind::counts,
       [this](Stream& s) {
         publish_counts(s);
         read_counts(s);
       }},
      {"metadata", StepKind::layout, [this](Stream& s) { push_lists(s); }},
      push_step([this](Stream& s) { push_rows(s); }),
      {"sort", StepKind::layout, [this](Stream& s) { sort(s); }},
      {"unpack", StepKind::rows, [this](Stream& s) { unpack(s); }},
  };
  const Step ready{"ready", StepKind::rows, [this](Stream& s) { memory_->window.barrier(s); }};
  std::vector<Step> cached = steps_of_rows(dispatch);
  cached.insert(cached.begin(), ready);  // in the place of the barrier of counts
  std::vector<Step> combine = {
      ready,
      push_step([this](Stream& s) { push_sums(s); }),
      {"unpack", StepKind::rows, [this](Stream& s) { sum(s); }},
  };
  set_steps(std::move(dispatch), std::move(cached), std::move(combine));
}

// The stores, and the barrier that says they are there.
Step SymmetricPush::push_step(const std::function<void(Stream&)>& push) {
  const auto arrive = [this](Stream& s) { memory_->window.barrier(s); };
  const auto both = [push, arrive](Stream& s) {
    push(s);
    arrive(s);
  };
  return {"transfer", StepKind::rows, both, push, arrive};
}

// The barrier also says that every rank has read what the dispatch before this one brought.
void SymmetricPush::publish_counts(Stream& stream) {
  const std::size_t row_bytes = static_cast<std::size_t>(sizes_.ranks) * word_bytes;
  for (int peer = 0; peer < sizes_.ranks; ++peer) {
    device::copy_on_device(stream, memory_->plan.count_bytes(),
                           memory_->window.claim(peer, count_section,
                                                 static_cast<std::size_t>(sizes_.rank) * row_bytes,
                                                 row_bytes, Cargo::metadata));
  }
  memory_->window.barrier(stream);
}

void SymmetricPush::read_counts(Stream& stream) {
  device::copy_to_host(stream, own(count_section), std::as_writable_bytes(std::span(counts_host_)));
  stream.synchronize();
  places_.read(counts_host_);
}

void SymmetricPush::push_lists(Stream& stream) {
  const std::size_t bytes = list_bytes(sizes_);
  kernels::pack_lists(stream, batch_.topk_ids, batch_.topk_weights, sizes_.topk,
                      memory_->plan.peer_of_expert(), memory_->plan.assign_to_row(),
                      memory_->packed_lists.bytes());
  for (int peer = 0; peer < sizes_.ranks; ++peer) {
    const Place& place = places_.out(peer);
    device::copy_on_device(
        stream, memory_->packed_lists.bytes().subspan(place.here * bytes, place.rows * bytes),
        memory_->window.claim(peer, list_section, place.there * bytes, place.rows * bytes,
                              Cargo::metadata));
  }
}

void SymmetricPush::push_rows(Stream& stream) {
  const std::size_t bytes = sizes_.row_bytes();
  for (int peer = 0; peer < sizes_.ranks; ++peer) {
    destinations_[static_cast<std::size_t>(peer)] =
        memory_->window.claim(peer, row_section, places_.out(peer).there * bytes,
                              places_.out(peer).rows * bytes, Cargo::payload);
    memory_->window.count_receive(peer, places_.in(peer).rows * bytes, Cargo::payload);
  }
  kernels::scatter_rows(stream, batch_.rows, bytes, memory_->plan.assign_to_row(),
                        memory_->plan.peer_of_assign(), sizes_.topk, places_.first_out(),
                        destinations_);
}

// What arrived with the lists is there only after the barrier of the rows.
void SymmetricPush::sort(Stream& stream) {
  const std::size_t received = places_.received_rows();
  kernels::unpack_lists(stream, own(list_section).first(received * list_bytes(sizes_)), sizes_.topk,
                        memory_->ids.as<std::int32_t>(), memory_->weights.as<float>());
  memory_->experts.sort(stream, memory_->ids.as<const std::int32_t>().first(
                                    received * static_cast<std::size_t>(sizes_.topk)));
}

void SymmetricPush::unpack(Stream& stream) {
  memory_->experts.expand(stream,
                          own(row_section).first(places_.received_rows() * sizes_.row_bytes()));
}

void SymmetricPush::push_sums(Stream& stream) {
  const std::size_t bytes = sizes_.combine_row_bytes();
  const auto entries = places_.received_rows() * static_cast<std::size_t>(sizes_.topk);
  const auto weights = memory_->weights.as<const float>().first(entries);
  for (int peer = 0; peer < sizes_.ranks; ++peer) {
    const Place& place = places_.in(peer);
    memory_->experts.reduce(stream, weights, place.here, place.rows,
                            memory_->window.claim(peer, sum_section, place.there * bytes,
                                                  place.rows * bytes, Cargo::payload));
    memory_->window.count_receive(peer, places_.out(peer).rows * bytes, Cargo::payload);
  }
}

void SymmetricPush::sum(Stream& stream) {
  kernels::unpermute_rows(stream, {sizes_.combine_dtype, sizes_.hidden, own(sum_section)},
                          memory_->plan.assign_to_row(), {}, sizes_.topk,
                          {sizes_.combine_dtype, sizes_.hidden, batch_.combined});
}

RankTraffic declare(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
                    Direction direction, std::size_t row_bytes, const Exchange& /*exchange*/) {
  RankTraffic declared = declare_exchange(
      groups, rank, direction, row_bytes,
      [&](int source, int destination) { return traffic.u.at(source, destination); });
  if (direction == Direction::combine) return declared;
  for (const int peer : ranks_of_group(groups, rank)) {
    if (peer == rank) continue;
    declared.metadata_bytes += 4LL * groups.ep + 8LL * traffic.topk * traffic.u.at(rank, peer);
  }
  return declared;
}

}  // namespace

DispatcherEntry symmetric_push() {
  return {
      .name = "symmetric_push",
      .summary = "each token once to each rank, stored straight into its memory (one host)",
      .make = [](comm::Transport& transport) -> std::unique_ptr<Dispatcher> {
        return std::make_unique<SymmetricPush>(transport);
      },
      .declare = &declare,
      .buffer_bytes = &Memory::bytes,
      .bound_us =
          [](const TrafficMatrices& traffic, const ExpertGroups& groups, std::size_t row_bytes,
             const LinkRates& links) {
            return direct_bound_us(traffic.u, groups, row_bytes, links);
          },
      .obstacle = [](const ExpertGroups& groups) -> std::optional<std::string> {
        if (groups.share_hosts()) return std::nullopt;
        return "shared memory does not reach across hosts";
      },
  };
}

}  // namespace moemark::dispatcher
