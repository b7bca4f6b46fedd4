// One hop that carries a token once to every peer that needs it.
#include "dispatcher/parts/unique_stage.hpp"

#include <utility>

#include "kernels/permutation.hpp"
#include "kernels/token_lists.hpp"

namespace moemark::dispatcher {
namespace {

constexpr std::size_t word_bytes = sizeof(std::int32_t);

std::size_t table_words(const UniqueSizes& sizes, std::size_t rows) {
  return rows * static_cast<std::size_t>(sizes.topk);
}

// Rows behind each other, one segment a peer; returns how many.
std::size_t behind_each_other(std::span<const std::int32_t> counts,
                              std::vector<comm::Segment>& segments) {
  std::size_t row = 0;
  for (std::size_t peer = 0; peer < counts.size(); ++peer) {
    const auto rows = static_cast<std::size_t>(counts[peer]);
    segments[peer] = {static_cast<int>(peer), row, rows};
    row += rows;
  }
  return row;
}

}  // namespace

UniqueStage::UniqueStage(comm::Transport& transport, const UniqueSizes& sizes,
                         const std::vector<std::int32_t>& peer_of_expert)
    : transport_(transport),
      sizes_(sizes),
      plan_(peer_of_expert, transport.size(), table_words(sizes, sizes.tokens)),
      counts_(transport, 1, sizes.exchange.counts),
      packed_(sizes.send_rows * sizes.format.row_bytes()),
      packed_lists_(sizes.send_rows * list_bytes()),
      arrived_(sizes.receive_rows * sizes.format.row_bytes()),
      arrived_lists_(sizes.receive_rows * list_bytes()),
      ids_(table_words(sizes, sizes.receive_rows) * word_bytes),
      weights_(table_words(sizes, sizes.receive_rows) * word_bytes),
      returning_(sizes.receive_rows * sizes.format.combine_row_bytes()),
      returned_(sizes.send_rows * sizes.format.combine_row_bytes()),
      sends_(static_cast<std::size_t>(transport.size())),
      receives_(static_cast<std::size_t>(transport.size())) {
  transport.prepare_rows(sizes.format.row_bytes());
  transport.prepare_rows(sizes.format.combine_row_bytes());
  transport.prepare_rows(list_bytes());
}

std::size_t UniqueStage::buffer_bytes(const UniqueSizes& sizes, int peers, int experts) {
  const std::size_t rows = sizes.send_rows + sizes.receive_rows;
  const std::size_t words =
      2 * table_words(sizes, rows) + 2 * table_words(sizes, sizes.receive_rows);
  return PeerCounts::buffer_bytes(peers, 1, sizes.exchange.counts) +
         UniquePlan::buffer_bytes(experts, peers, table_words(sizes, sizes.tokens)) +
         words * word_bytes + rows * (sizes.format.row_bytes() + sizes.format.combine_row_bytes());
}

void UniqueStage::exchange_counts(device::Stream& stream) {
  counts_.run(stream, plan_.count_bytes());
  behind_each_other(counts_.sent_host(), sends_);
  received_ = behind_each_other(counts_.received_host(), receives_);
}

void UniqueStage::transfer_lists(device::Stream& stream, std::span<const std::int32_t> ids,
                                 std::span<const float> weights) {
  kernels::pack_lists(stream, ids, weights, sizes_.topk, plan_.peer_of_expert(),
                      plan_.assign_to_row(), packed_lists_.bytes());
  transport_.transfer(stream, packed_lists_.bytes(), sends_, arrived_lists_.bytes(), receives_,
                      list_bytes(), comm::Cargo::metadata, sizes_.exchange.rows());
  kernels::unpack_lists(stream, arrived_lists_.bytes().first(received_ * list_bytes()), sizes_.topk,
                        ids_.as<std::int32_t>(), weights_.as<float>());
}

void UniqueStage::pack(device::Stream& stream, std::span<const std::byte> rows) {
  kernels::permute_rows(stream, rows, sizes_.format.row_bytes(), plan_.assign_to_row(), sizes_.topk,
                        packed_.bytes());
}

Step UniqueStage::transfer(std::string_view name) {
  return transfer_step(
      name, transport_, [this](device::Stream& stream, comm::Completion completion) {
        transport_.transfer(stream, packed_.bytes(), sends_, arrived_.bytes(), receives_,
                            sizes_.format.row_bytes(), comm::Cargo::payload, sizes_.exchange.rows(),
                            completion);
      });
}

std::span<const std::byte> UniqueStage::rows() const {
  return arrived_.bytes().first(received_ * sizes_.format.row_bytes());
}
std::span<const std::int32_t> UniqueStage::ids() const {
  return ids_.as<const std::int32_t>().first(table_words(sizes_, received_));
}
std::span<const float> UniqueStage::weights() const {
  return weights_.as<const float>().first(table_words(sizes_, received_));
}

Step UniqueStage::transfer_back(std::string_view name) {
  return transfer_step(
      name, transport_, [this](device::Stream& stream, comm::Completion completion) {
        transport_.transfer(stream, returning_.bytes(), receives_, returned_.bytes(), sends_,
                            sizes_.format.combine_row_bytes(), comm::Cargo::payload,
                            sizes_.exchange.rows(), completion);
      });
}

void UniqueStage::sum(device::Stream& stream, std::span<std::byte> out) {
  const RowFormat& format = sizes_.format;
  kernels::unpermute_rows(stream, {format.combine_dtype, format.hidden, returned_.bytes()},
                          plan_.assign_to_row(), {}, sizes_.topk,
                          {format.combine_dtype, format.hidden, out});
}

std::vector<std::span<std::byte>> UniqueStage::receive_buffers() {
  return {arrived_.bytes(), returned_.bytes()};
}

RankTraffic declare_unique(const Topology& topology, const UniqueHop& hop, Direction direction,
                           std::size_t row_bytes, int topk) {
  RankTraffic traffic;
  for (std::size_t i = 0; i < hop.peers.size(); ++i) {
    const int peer = hop.peers[i];
    std::int64_t out = hop.out[i];
    std::int64_t in = hop.in[i];
    if (direction == Direction::dispatch && peer != hop.rank) {
      traffic.metadata_bytes += 8 * out * topk;
    }
    if (direction == Direction::combine) std::swap(out, in);
    const auto bytes = static_cast<std::int64_t>(row_bytes);
    traffic.sent.of(topology.link(hop.rank, peer)) += out * bytes;
    traffic.received.of(topology.link(peer, hop.rank)) += in * bytes;
    traffic.messages += peer != hop.rank && out > 0 ? 1 : 0;
  }
  return traffic;
}

}  // namespace moemark::dispatcher
