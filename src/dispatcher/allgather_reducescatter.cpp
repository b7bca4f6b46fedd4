// `allgather_reducescatter` and `hierarchical_allgather`: every token to everyone; each rank keeps
// what its experts need. The second does it over the rail (ranks of equal place in their nodes) and
// then over the node, so that a token crosses to another node once.
//
// dispatch: pack    copy this rank's rows, ids and weights, padded to the largest T
//           counts  all-gather ids and weights, hop by hop
//           transfer  all-gather the rows (transfer_rail, transfer_node)
//           unpack  sort all assignments to own experts, copy their rows
// combine:  pack    weighted sum over own experts for every token of every rank, float32
//           transfer  reduce-scatter the partial sums (bfloat16 is added in float32 per hop), in
//                   reverse order of the hops
//           unpack  this rank's rows without the padding
//
// Bytes of a hop to each of its ranks: what the rank holds by then, Tmax rows at first, times b
// (combine b_c), by the class of (source, receiver) whatever algorithm the library takes. Metadata:
// 8 * K for each of those rows.
#include <algorithm>

#include "dispatcher/rails.hpp"
#include "dispatcher/token_expansion.hpp"
#include "dispatcher/unique_stage.hpp"

namespace moemark::dispatcher {
namespace {

using device::Stream;

struct Hop {
  std::string_view transfer_name;
  std::shared_ptr<comm::Transport> transport;
};

// Ranks of each hop.
using HopSizes = std::vector<std::size_t>;

HopSizes flat_hops(const Sizes& sizes) {
  return {static_cast<std::size_t>(sizes.ranks)};
}
HopSizes two_hops(const Sizes& sizes) {
  return {static_cast<std::size_t>(sizes.topology.nodes()),
          static_cast<std::size_t>(sizes.topology.ranks_per_node())};
}

// Tokens that a rank holds before the first hop, and after each.
std::vector<std::size_t> tokens_held(const Sizes& sizes, const HopSizes& hops) {
  std::vector<std::size_t> held = {sizes.tokens_max};
  for (const std::size_t ranks : hops) held.push_back(held.back() * ranks);
  return held;
}

std::size_t buffer_bytes(const Sizes& sizes, const HopSizes& hops) {
  const std::vector<std::size_t> held = tokens_held(sizes, hops);
  const std::size_t token =
      sizes.row_bytes() + sizes.combine_row_bytes() + 8 * static_cast<std::size_t>(sizes.topk);
  std::size_t sum = TokenExpansion::buffer_bytes(sizes, held.back());
  for (const std::size_t tokens : held) sum += tokens * token;
  return sum;
}

class GatherScatter final : public Dispatcher {
 public:
  explicit GatherScatter(std::vector<Hop> hops) : hops_(std::move(hops)) {}

  void prepare(const Sizes& sizes, const TokenBatch& batch) override;
  std::span<const Step> dispatch() const override { return dispatch_; }
  std::span<const Step> combine() const override { return combine_; }
  ExpertBatch expert_batch() override { return experts_->batch(); }
  std::vector<int> source_order() const override;
  std::vector<std::span<std::byte>> receive_buffers() override;
  std::size_t allocated_bytes() const override { return buffer_bytes(sizes_, hop_sizes()); }
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
  void pack(Stream& stream);
  void gather_tables(Stream& stream);
  void make_steps();

  std::vector<Hop> hops_;
  Sizes sizes_;
  TokenBatch batch_;
  std::vector<Level> levels_;
  std::unique_ptr<TokenExpansion> experts_;
  std::vector<Step> dispatch_, combine_;
};

HopSizes GatherScatter::hop_sizes() const {
  HopSizes sizes;
  for (const Hop& hop : hops_) sizes.push_back(static_cast<std::size_t>(hop.transport->size()));
  return sizes;
}

void GatherScatter::prepare(const Sizes& sizes, const TokenBatch& batch) {
  sizes_ = sizes;
  batch_ = batch;
  levels_.clear();
  for (const std::size_t tokens : tokens_held(sizes, hop_sizes())) {
    levels_.emplace_back(sizes, tokens);
  }
  experts_ = std::make_unique<TokenExpansion>(sizes, levels_.back().tokens);
  for (const Hop& hop : hops_) hop.transport->prepare_rows(sizes.row_bytes());

  // Tokens beyond this rank's own stay masked for ever.
  Stream stream;
  device::fill_bytes(stream, levels_.front().rows.bytes(), std::byte{0});
  device::fill_bytes(stream, levels_.front().weights.bytes(), std::byte{0});
  device::fill_bytes(stream, levels_.front().ids.bytes(), std::byte{0xff});
  stream.synchronize();
  make_steps();
}

void GatherScatter::pack(Stream& stream) {
  const auto copy = [&stream](std::span<const std::byte> from, device::Buffer& to) {
    device::copy_on_device(stream, from, to.bytes().first(from.size()));
  };
  copy(batch_.rows, levels_.front().rows);
  copy(std::as_bytes(batch_.topk_ids), levels_.front().ids);
  copy(std::as_bytes(batch_.topk_weights), levels_.front().weights);
}

void GatherScatter::gather_tables(Stream& stream) {
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    Level& from = levels_[i];
    Level& to = levels_[i + 1];
    const std::size_t words = from.tokens * static_cast<std::size_t>(sizes_.topk);
    comm::Transport& transport = *hops_[i].transport;
    transport.all_gather(stream, from.ids.bytes(), to.ids.bytes(), 4, words, comm::Cargo::metadata);
    transport.all_gather(stream, from.weights.bytes(), to.weights.bytes(), 4, words,
                         comm::Cargo::metadata);
  }
}

void GatherScatter::make_steps() {
  dispatch_ = {{"pack", false, [this](Stream& s) { pack(s); }},
               {"counts", false, [this](Stream& s) { gather_tables(s); }}};
  combine_ = {{"pack", false, [this](Stream& s) {
                 experts_->reduce(s, levels_.back().weights.as<const float>(),
                                  levels_.back().sums.bytes());
               }}};
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    dispatch_.push_back({hops_[i].transfer_name, false, [this, i](Stream& s) {
                           hops_[i].transport->all_gather(
                               s, levels_[i].rows.bytes(), levels_[i + 1].rows.bytes(),
                               sizes_.row_bytes(), levels_[i].tokens, comm::Cargo::payload);
                         }});
  }
  for (std::size_t i = hops_.size(); i-- > 0;) {
    combine_.push_back({hops_[i].transfer_name, false, [this, i](Stream& s) {
                          hops_[i].transport->reduce_scatter(
                              s, levels_[i + 1].sums.bytes(), levels_[i].sums.bytes(),
                              sizes_.combine_dtype == DType::bf16 ? comm::Element::bfloat16
                                                                  : comm::Element::float32,
                              levels_[i].tokens * sizes_.hidden);
                        }});
  }
  dispatch_.push_back({"unpack", false, [this](Stream& s) {
                         experts_->expand(s, levels_.back().rows.bytes(),
                                          levels_.back().ids.as<const std::int32_t>());
                       }});
  combine_.push_back({"unpack", false, [this](Stream& s) {
                        device::copy_on_device(
                            s, levels_.front().sums.bytes().first(batch_.combined.size()),
                            batch_.combined);
                      }});
}

std::vector<int> GatherScatter::source_order() const {
  return hops_.size() == 1 ? std::vector<int>{} : order_by_rail(sizes_.topology);
}

std::vector<std::span<std::byte>> GatherScatter::receive_buffers() {
  std::vector<std::span<std::byte>> buffers = {experts_->rows(), levels_.front().sums.bytes()};
  for (std::size_t i = 1; i < levels_.size(); ++i) {
    buffers.push_back(levels_[i].rows.bytes());
    buffers.push_back(levels_[i].sums.bytes());
  }
  return buffers;
}

// Expert output, partial sum, and once for each addition of the reduce-scatters.
int GatherScatter::combine_roundings() const {
  int roundings = 2;
  for (const Hop& hop : hops_) roundings += hop.transport->size() - 1;
  return roundings;
}

std::int64_t largest_tokens(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank) {
  const int first = groups.first_rank(groups.group_of(rank));
  const auto tokens =
      std::span(traffic.tokens)
          .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(groups.ep));
  return *std::max_element(tokens.begin(), tokens.end());
}

// `tokens` rows to each of `peers`, and as many from each.
RankTraffic declare_hop(const ExpertGroups& groups, int rank, const std::vector<int>& peers,
                        std::int64_t tokens, Direction direction, std::size_t row_bytes, int topk) {
  const std::vector<std::int64_t> rows(peers.size(), tokens);
  RankTraffic declared =
      declare_unique(groups.topology, {rank, peers, rows, rows}, direction, row_bytes, topk);
  // Lists travel as with carried tokens, but no count: every rank knows the largest T.
  if (direction == Direction::dispatch) {
    declared.metadata_bytes -= 4 * (static_cast<std::int64_t>(peers.size()) - 1);
  }
  return declared;
}

RankTraffic declare_flat(const TrafficMatrices& traffic, const ExpertGroups& groups, int rank,
                         Direction direction, std::size_t row_bytes) {
  return declare_hop(groups, rank, ranks_of_group(groups, rank),
                     largest_tokens(traffic, groups, rank), direction, row_bytes, traffic.topk);
}

RankTraffic declare_hierarchical(const TrafficMatrices& traffic, const ExpertGroups& groups,
                                 int rank, Direction direction, std::size_t row_bytes) {
  const Rails rails = rails_of(groups, rank).value();
  const std::int64_t tokens = largest_tokens(traffic, groups, rank);
  const auto nodes = static_cast<std::int64_t>(rails.rail.size());
  RankTraffic declared =
      declare_hop(groups, rank, rails.rail, tokens, direction, row_bytes, traffic.topk);
  declared +=
      declare_hop(groups, rank, rails.node, nodes * tokens, direction, row_bytes, traffic.topk);
  return declared;
}

}  // namespace

DispatcherEntry allgather_reducescatter() {
  return {
      .name = "allgather_reducescatter",
      .summary = "every token to every rank; combine reduces and scatters",
      .make = [](comm::Transport& transport) -> std::unique_ptr<Dispatcher> {
        return std::make_unique<GatherScatter>(
            std::vector<Hop>{{"transfer", std::make_shared<comm::Transport>(transport.share())}});
      },
      .declare = &declare_flat,
      .buffer_bytes = [](const Sizes& s) { return buffer_bytes(s, flat_hops(s)); },
      .bound_us = &all_gather_bound_us,
  };
}

DispatcherEntry hierarchical_allgather() {
  return {
      .name = "hierarchical_allgather",
      .summary = "the same over the rail, then over the node",
      .make = [](comm::Transport& transport) -> std::unique_ptr<Dispatcher> {
        auto [rail, node] = split_rails(transport);
        return std::make_unique<GatherScatter>(std::vector<Hop>{
            {"transfer_rail", std::make_shared<comm::Transport>(std::move(rail))},
            {"transfer_node", std::make_shared<comm::Transport>(std::move(node))}});
      },
      .declare = &declare_hierarchical,
      .buffer_bytes = [](const Sizes& s) { return buffer_bytes(s, two_hops(s)); },
      .bound_us = &all_gather_bound_us,
      .obstacle = &needs_even_nodes,
  };
}

}  // namespace moemark::dispatcher
