// One hop that carries a token once to every peer (a rank, or a node's rank on the own rail) that
// needs it, with the list of its experts there, and brings one partial sum back for each.
#pragma once

#include <memory>
#include <vector>

#include "comm/transport.hpp"
#include "device/buffer.hpp"
#include "dispatcher/dispatcher.hpp"
#include "dispatcher/parts/peer_counts.hpp"
#include "dispatcher/parts/unique_plan.hpp"

namespace moemark::dispatcher {

struct UniqueSizes {
  RowFormat format;
  Exchange exchange;
  int topk = 0;
  std::size_t tokens = 0;        // at most, on this rank
  std::size_t send_rows = 0;     // (token, peer) pairs of this rank
  std::size_t receive_rows = 0;  // of all peers, to this rank
};

class UniqueStage {
 public:
  // `peer_of_expert` [E]: rank of `transport`. The transport outlives the stage.
  UniqueStage(comm::Transport& transport, const UniqueSizes& sizes,
              const std::vector<std::int32_t>& peer_of_expert);
  static std::size_t buffer_bytes(const UniqueSizes& sizes, int peers, int experts);

  // The steps of a dispatch, in this order. Tables are [T, K], T at most UniqueSizes::tokens.
  void layout(device::Stream& stream, std::span<const std::int32_t> ids) {
    plan_.build(stream, ids, sizes_.topk);
  }
  void exchange_counts(device::Stream& stream);  // waits on the host
  void transfer_lists(device::Stream& stream, std::span<const std::int32_t> ids,
                      std::span<const float> weights);
  void pack(device::Stream& stream, std::span<const std::byte> rows);
  // The step of the rows. The stage stays where it is from here on.
  [[nodiscard]] Step transfer(std::string_view name);

  // What arrived: by source peer, then in the source's order. Ids of all experts, -1 elsewhere.
  [[nodiscard]] std::span<const std::byte> rows() const;
  [[nodiscard]] std::span<const std::int32_t> ids() const;
  [[nodiscard]] std::span<const float> weights() const;

  // The steps of a combine: one row of the combine dtype for each that arrived goes back, and
  // `out` [T, H] becomes the sum of those of a token, in float32.
  [[nodiscard]] std::span<std::byte> returning() { return returning_.bytes(); }
  [[nodiscard]] Step transfer_back(std::string_view name);
  void sum(device::Stream& stream, std::span<std::byte> out);

  // Buffers that peers write.
  [[nodiscard]] std::vector<std::span<std::byte>> receive_buffers();

 private:
  [[nodiscard]] std::size_t list_bytes() const { return 8 * static_cast<std::size_t>(sizes_.topk); }

  comm::Transport& transport_;
  UniqueSizes sizes_;
  UniquePlan plan_;
  PeerCounts counts_;
  std::size_t received_ = 0;  // rows
  device::Buffer packed_, packed_lists_, arrived_, arrived_lists_, ids_, weights_;
  device::Buffer returning_, returned_;
  std::vector<comm::Segment> sends_, receives_;
};

// Payload of one hop: `out` rows go to each peer of `peers` (job ranks), `in` come from it;
// metadata is the lists of those rows to every other rank.
struct UniqueHop {
  int rank = 0;
  std::vector<int> peers;
  std::vector<std::int64_t> out, in;  // rows a peer, as dispatched
};
RankTraffic declare_unique(const Topology& topology, const UniqueHop& hop, Direction direction,
                           std::size_t row_bytes, int topk);

}  // namespace moemark::dispatcher
