// Every token to everyone over one hop or several.
#include "dispatcher/parts/gather_scatter.hpp"

#include <algorithm>

#include "dispatcher/parts/rails.hpp"
#include "dispatcher/parts/unique_stage.hpp"

namespace moemark::dispatcher {
namespace {

using device::Stream;

// Tokens that a rank holds before the first hop, and after each.
std::vector<std::size_t> tokens_held(const Sizes& sizes, const HopSizes& hops) {
  std::vector<std::size_t> held = {sizes.tokens_max};
  for (const std::size_t ranks : hops) held.push_back(held.back() * ranks);
  return held;
}

}  // namespace

std::size_t GatherScatter::buffer_bytes(const Sizes& sizes, const HopSizes& hops) {
  const std::vector<std::size_t> held = tokens_held(sizes, hops);
  const std::size_t token =
      sizes.row_bytes() + sizes.combine_row_bytes() + 8 * static_cast<std::size_t>(sizes.topk);
  std::size_t sum = TokenExpansion::buffer_bytes(sizes, held.back());
  for (const std::size_t tokens : held) sum += tokens * token;
  return sum;
}

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
  std::vector<Step> dispatch = {
      {"pack", StepKind::rows, [this](Stream& s) { pack(s); }},
      {"metadata", StepKind::layout, [this](Stream& s) { gather_tables(s); }}};
  std::vector<Step> combine = {{"pack", StepKind::rows, [this](Stream& s) {
                                  experts_->reduce(s, levels_.back().weights.as<const float>(),
                                                   levels_.back().sums.bytes());
                                }}};
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    dispatch.push_back(transfer_step(
        hops_[i].transfer_name, *hops_[i].transport,
        [this, i](Stream& s, comm::Completion completion) {
          hops_[i].transport->all_gather(s, levels_[i].rows.bytes(), levels_[i + 1].rows.bytes(),
                                         sizes_.row_bytes(), levels_[i].tokens,
                                         comm::Cargo::payload, comm::CountedAs::pairs, completion);
        }));
  }
  for (std::size_t i = hops_.size(); i-- > 0;) {
    combine.push_back(
        transfer_step(hops_[i].transfer_name, *hops_[i].transport,
                      [this, i](Stream& s, comm::Completion completion) {
                        hops_[i].transport->reduce_scatter(
                            s, levels_[i + 1].sums.bytes(), levels_[i].sums.bytes(),
                            sizes_.combine_dtype == DType::bf16 ? comm::Element::bfloat16
                                                                : comm::Element::float32,
                            levels_[i].tokens * sizes_.hidden, comm::CountedAs::pairs, completion);
                      }));
  }
  dispatch.push_back({"sort", StepKind::layout, [this](Stream& s) {
                        experts_->sort(s, levels_.back().ids.as<const std::int32_t>());
                      }});
  dispatch.push_back({"unpack", StepKind::rows,
                      [this](Stream& s) { experts_->expand(s, levels_.back().rows.bytes()); }});
  combine.push_back({"unpack", StepKind::rows, [this](Stream& s) {
                       device::copy_on_device(
                           s, levels_.front().sums.bytes().first(batch_.combined.size()),
                           batch_.combined);
                     }});
  set_steps(std::move(dispatch), std::move(combine));
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

RankTraffic declare_hop(const ExpertGroups& groups, int rank, const std::vector<int>& peers,
                        std::int64_t tokens, Direction direction, std::size_t row_bytes, int topk) {
  const std::vector<std::int64_t> rows(peers.size(), tokens);
  return declare_unique(groups.topology, {rank, peers, rows, rows}, direction, row_bytes, topk);
}

}  // namespace moemark::dispatcher
