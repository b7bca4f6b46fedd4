// Steps that strategies share.
#include "dispatcher/parts/layout.hpp"

#include <numeric>

#include "kernels/permutation.hpp"
#include "kernels/regroup.hpp"

namespace moemark::dispatcher {
namespace {

constexpr std::size_t index_bytes = sizeof(std::int32_t);

std::size_t rank_count(const Sizes& sizes) {
  return static_cast<std::size_t>(sizes.ranks);
}

std::size_t cells(const Sizes& sizes) {
  return rank_count(sizes) * sizes.experts_each();
}

// Place of each (rank, j) in the expert-sorted counts; -1 where a rank holds fewer experts.
std::vector<std::int32_t> spread_index(const Sizes& sizes) {
  std::vector<std::int32_t> index(cells(sizes), -1);
  for (int rank = 0; rank < sizes.ranks; ++rank) {
    const std::size_t base = static_cast<std::size_t>(rank) * sizes.experts_each();
    for (int j = 0; j < sizes.placement.count(rank); ++j) {
      index[base + static_cast<std::size_t>(j)] = sizes.placement.first(rank) + j;
    }
  }
  return index;
}

device::Buffer upload_index(const std::vector<std::int32_t>& index) {
  device::Stream stream;
  return device::upload(stream, std::span<const std::int32_t>(index));
}

}  // namespace

SendPlan::SendPlan(const Sizes& sizes)
    : counts_(static_cast<std::size_t>(sizes.placement.experts()) * index_bytes),
      offsets_(static_cast<std::size_t>(sizes.placement.experts() + 1) * index_bytes),
      assign_to_pos_(sizes.tokens * static_cast<std::size_t>(sizes.topk) * index_bytes) {}

std::size_t SendPlan::buffer_bytes(const Sizes& sizes) {
  return (2 * static_cast<std::size_t>(sizes.placement.experts()) + 1 +
          sizes.tokens * static_cast<std::size_t>(sizes.topk)) *
         index_bytes;
}

void SendPlan::build(device::Stream& stream, std::span<const std::int32_t> topk_ids) {
  kernels::build_plan(stream, topk_ids,
                      {counts_.as<std::int32_t>(), offsets_.as<std::int32_t>(), assign_to_pos()});
}

CountsExchange::CountsExchange(const Sizes& sizes, comm::Transport& transport)
    : experts_each_(sizes.experts_each()),
      spread_index_(upload_index(spread_index(sizes))),
      sent_(cells(sizes) * index_bytes),
      counts_(transport, sizes.experts_each(), sizes.exchange.counts) {}

std::size_t CountsExchange::buffer_bytes(const Sizes& sizes) {
  return 2 * cells(sizes) * index_bytes +
         PeerCounts::buffer_bytes(sizes.ranks, sizes.experts_each(), sizes.exchange.counts);
}

std::int64_t CountsExchange::metadata_bytes(const ExpertGroups& groups, const Exchange& exchange) {
  return PeerCounts::metadata_bytes(groups.ep, groups.placement.max_count(), exchange.counts);
}

void CountsExchange::run(device::Stream& stream, std::span<const std::int32_t> expert_counts) {
  kernels::gather_rows(stream, std::as_bytes(expert_counts), index_bytes,
                       spread_index_.as<const std::int32_t>(), sent_.bytes());
  counts_.run(stream, sent_.bytes());
}

namespace {

void rows_behind_each_other(std::span<const std::int32_t> counts, std::size_t experts_each,
                            std::vector<comm::Segment>& segments) {
  std::size_t row = 0;
  for (std::size_t peer = 0; peer < segments.size(); ++peer) {
    const auto chunk = counts.subspan(peer * experts_each, experts_each);
    const auto rows =
        static_cast<std::size_t>(std::accumulate(chunk.begin(), chunk.end(), std::int64_t{0}));
    segments[peer] = {static_cast<int>(peer), row, rows};
    row += rows;
  }
}

}  // namespace

void CountsExchange::fill_segments(std::vector<comm::Segment>& sends,
                                   std::vector<comm::Segment>& receives) const {
  rows_behind_each_other(sent_host(), experts_each_, sends);
  rows_behind_each_other(received_host(), experts_each_, receives);
}

std::size_t CountsExchange::received_rows() const {
  const auto counts = received_host();
  return static_cast<std::size_t>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
}

Regroup::Regroup(const Sizes& sizes, std::size_t rows)
    : ranks_(sizes.ranks),
      local_experts_(sizes.local_experts()),
      expert_offsets_((sizes.experts_each() + 1) * index_bytes),
      pos_to_arrival_(rows * index_bytes) {}

std::size_t Regroup::buffer_bytes(const Sizes& sizes, std::size_t rows) {
  return (sizes.experts_each() + 1 + rows) * index_bytes;
}

void Regroup::build(device::Stream& stream, std::span<const std::int32_t> counts, std::size_t rows,
                    std::size_t rows_per_chunk) {
  rows_ = rows;
  kernels::build_regroup_plan(stream, counts, ranks_, rows_per_chunk,
                              expert_offsets_.as<std::int32_t>(),
                              pos_to_arrival_.as<std::int32_t>().first(rows));
}

void Regroup::to_experts(device::Stream& stream, std::span<const std::byte> arrived,
                         std::span<std::byte> expert_rows, std::size_t row_bytes) const {
  kernels::gather_rows(stream, arrived, row_bytes, pos_to_arrival_.as<std::int32_t>().first(rows_),
                       expert_rows.first(rows_ * row_bytes));
}

void Regroup::to_arrival(device::Stream& stream, std::span<const std::byte> expert_rows,
                         std::span<std::byte> arrived, std::size_t row_bytes) const {
  kernels::permute_rows(stream, expert_rows.first(rows_ * row_bytes), row_bytes,
                        pos_to_arrival_.as<std::int32_t>().first(rows_), /*copies=*/1, arrived);
}

RankTraffic declare_exchange(const ExpertGroups& groups, int rank, Direction direction,
                             std::size_t row_bytes,
                             const std::function<std::int64_t(int, int)>& rows) {
  const int first = groups.first_rank(groups.group_of(rank));
  RankTraffic traffic;
  for (int peer = first; peer < first + groups.ep; ++peer) {
    std::int64_t out = rows(rank, peer) * static_cast<std::int64_t>(row_bytes);
    std::int64_t in = rows(peer, rank) * static_cast<std::int64_t>(row_bytes);
    if (direction == Direction::combine) std::swap(out, in);
    traffic.sent.of(groups.topology.link(rank, peer)) += out;
    traffic.received.of(groups.topology.link(peer, rank)) += in;
    traffic.messages += peer != rank && out > 0 ? 1 : 0;
  }
  return traffic;
}

}  // namespace moemark::dispatcher
