// Tokens that travel once to a peer (a rank or a node) with the list of their experts there. All
// spans are device memory; ids are [T, K], -1 = none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "device/stream.hpp"

namespace moemark::kernels {

// keys[t, j] = peer_of_id[ids[t, j]] where j is the token's first id of that peer, else -1: the
// keys of build_plan() for one row a (token, peer).
void first_of_peer(device::Stream& stream, std::span<const std::int32_t> ids, int topk,
                   std::span<const std::int32_t> peer_of_id, std::span<std::int32_t> keys);

// The list of row assign_to_row[t, j] (-1 = no row): the token's ids and weights of the same peer
// as ids[t, j], in their places; -1 and 0 in the others. lists is [rows, 2K] 32-bit words: K ids,
// then the K weights.
void pack_lists(device::Stream& stream, std::span<const std::int32_t> ids,
                std::span<const float> weights, int topk, std::span<const std::int32_t> peer_of_id,
                std::span<const std::int32_t> assign_to_row, std::span<std::byte> lists);

// Ids and weights, [rows, K] each, of lists as pack_lists() lays them out.
void unpack_lists(device::Stream& stream, std::span<const std::byte> lists, int topk,
                  std::span<std::int32_t> ids, std::span<float> weights);

}  // namespace moemark::kernels
