// One exchange for each expert of a rank.
#include "dispatcher/parts/expert_rounds.hpp"

namespace moemark::dispatcher {

ExpertRounds::ExpertRounds(comm::Transport& transport, const Sizes& sizes)
    : transport_(transport),
      ranks_(static_cast<std::size_t>(sizes.ranks)),
      rounds_(sizes.experts_each()),
      local_experts_(sizes.local_experts()),
      sends_(rounds_, Segments(ranks_)),
      receives_(rounds_, Segments(ranks_)),
      offsets_host_(local_experts_ + 1),
      offsets_(buffer_bytes(sizes)) {}

std::size_t ExpertRounds::buffer_bytes(const Sizes& sizes) {
  return (sizes.local_experts() + 1) * sizeof(std::int32_t);
}

void ExpertRounds::plan(device::Stream& stream, std::span<const std::int32_t> sent,
                        std::span<const std::int32_t> received) {
  std::size_t row = 0;
  for (std::size_t peer = 0; peer < ranks_; ++peer) {
    for (std::size_t round = 0; round < rounds_; ++round) {
      const auto rows = static_cast<std::size_t>(sent[peer * rounds_ + round]);
      sends_[round][peer] = {static_cast<int>(peer), row, rows};
      row += rows;
    }
  }
  row = 0;
  for (std::size_t round = 0; round < rounds_; ++round) {
    for (std::size_t peer = 0; peer < ranks_; ++peer) {
      const auto rows = static_cast<std::size_t>(received[peer * rounds_ + round]);
      receives_[round][peer] = {static_cast<int>(peer), row, rows};
      row += rows;
    }
    if (round < local_experts_) offsets_host_[round + 1] = static_cast<std::int32_t>(row);
  }
  device::copy_to_device(stream, std::as_bytes(std::span(offsets_host_)), offsets_.bytes());
}

void ExpertRounds::forth(device::Stream& stream, std::span<const std::byte> sorted,
                         std::span<std::byte> own, std::size_t row_bytes) {
  for (std::size_t round = 0; round < rounds_; ++round) {
    transport_.transfer(stream, sorted, sends_[round], own, receives_[round], row_bytes,
                        comm::Cargo::payload);
  }
}

void ExpertRounds::back(device::Stream& stream, std::span<const std::byte> own,
                        std::span<std::byte> sorted, std::size_t row_bytes) {
  for (std::size_t round = 0; round < rounds_; ++round) {
    transport_.transfer(stream, own, receives_[round], sorted, sends_[round], row_bytes,
                        comm::Cargo::payload);
  }
}

}  // namespace moemark::dispatcher
