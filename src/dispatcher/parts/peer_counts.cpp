// Every rank learns the counts that each peer has for it.
#include "dispatcher/parts/peer_counts.hpp"

#include "kernels/permutation.hpp"

namespace moemark::dispatcher {
namespace {

constexpr std::size_t word_bytes = sizeof(std::int32_t);

bool gathers(Exchange::Counts by) {
  return by == Exchange::Counts::allgather;
}

std::size_t words(int peers, std::size_t width) {
  return static_cast<std::size_t>(peers) * width;
}

device::Buffer blocks_of(const comm::Transport& transport) {
  std::vector<std::int32_t> blocks;
  blocks.reserve(static_cast<std::size_t>(transport.size()));
  for (int peer = 0; peer < transport.size(); ++peer) {
    blocks.push_back(peer * transport.size() + transport.rank());
  }
  device::Stream stream;
  return device::upload(stream, std::span<const std::int32_t>(blocks));
}

}  // namespace

PeerCounts::PeerCounts(comm::Transport& transport, std::size_t width, Exchange::Counts by)
    : transport_(transport),
      width_(width),
      by_(by),
      received_(words(transport.size(), width) * word_bytes),
      sent_host_(words(transport.size(), width)),
      received_host_(words(transport.size(), width)) {
  if (!gathers(by)) return;
  everybodys_ =
      device::Buffer(static_cast<std::size_t>(transport.size()) * received_.bytes().size());
  own_block_ = blocks_of(transport);
}

std::size_t PeerCounts::buffer_bytes(int peers, std::size_t width, Exchange::Counts by) {
  const std::size_t own = words(peers, width) * word_bytes;
  const auto ranks = static_cast<std::size_t>(peers);
  return own + (gathers(by) ? ranks * own + ranks * word_bytes : 0);
}

std::int64_t PeerCounts::metadata_bytes(int peers, std::int64_t width, Exchange::Counts by) {
  return 4 * width * (peers - 1) * (gathers(by) ? peers : 1);
}

void PeerCounts::run(device::Stream& stream, std::span<const std::byte> sent) {
  if (gathers(by_)) {
    transport_.all_gather(stream, sent, everybodys_.bytes(), word_bytes, sent.size() / word_bytes,
                          comm::Cargo::metadata);
    kernels::gather_rows(stream, everybodys_.bytes(), width_ * word_bytes,
                         own_block_.as<const std::int32_t>(), received_.bytes());
  } else {
    transport_.all_to_all(stream, sent, received_.bytes(), word_bytes, width_,
                          comm::Cargo::metadata);
  }
  device::copy_to_host(stream, sent, std::as_writable_bytes(std::span(sent_host_)));
  device::copy_to_host(stream, received_.bytes(),
                       std::as_writable_bytes(std::span(received_host_)));
  stream.synchronize();
}

}  // namespace moemark::dispatcher
