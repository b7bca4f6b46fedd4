// Lists of experts a row, on the host: one pass over the table each.
#include "kernels/token_lists.hpp"

#include <cstring>

#include "kernels/host/require.hpp"

namespace moemark::kernels {
namespace {

constexpr std::size_t word_bytes = 4;

// Peer of an id, -1 for none.
std::int32_t peer_of(std::int32_t id, std::span<const std::int32_t> peer_of_id) {
  return id < 0 ? -1 : peer_of_id[static_cast<std::size_t>(id)];
}

}  // namespace

void first_of_peer(device::Stream& /*stream*/, std::span<const std::int32_t> ids, int topk,
                   std::span<const std::int32_t> peer_of_id, std::span<std::int32_t> keys) {
  const auto width = static_cast<std::size_t>(topk);
  require(ids.size() % width == 0 && keys.size() == ids.size(), "first_of_peer: keys is [T, K]");
  for (std::size_t token = 0; token < ids.size(); token += width) {
    for (std::size_t j = token; j < token + width; ++j) {
      std::int32_t key = peer_of(ids[j], peer_of_id);
      // K is small: looking back is quicker than a table of the peers seen.
      for (std::size_t before = token; before < j && key >= 0; ++before) {
        if (peer_of(ids[before], peer_of_id) == key) key = -1;
      }
      keys[j] = key;
    }
  }
}

void pack_lists(device::Stream& /*stream*/, std::span<const std::int32_t> ids,
                std::span<const float> weights, int topk, std::span<const std::int32_t> peer_of_id,
                std::span<const std::int32_t> assign_to_row, std::span<std::byte> lists) {
  const auto width = static_cast<std::size_t>(topk);
  require(weights.size() == ids.size() && assign_to_row.size() == ids.size(),
          "pack_lists: weights and assign_to_row are [T, K]");
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (assign_to_row[i] < 0) continue;
    const std::int32_t peer = peer_of(ids[i], peer_of_id);
    const std::size_t token = i / width * width;
    std::byte* const list =
        lists.data() + static_cast<std::size_t>(assign_to_row[i]) * 2 * width * word_bytes;
    for (std::size_t j = 0; j < width; ++j) {
      const bool same = peer_of(ids[token + j], peer_of_id) == peer;
      const std::int32_t id = same ? ids[token + j] : -1;
      const float weight = same ? weights[token + j] : 0.0F;
      std::memcpy(list + j * word_bytes, &id, word_bytes);
      std::memcpy(list + (width + j) * word_bytes, &weight, word_bytes);
    }
  }
}

void unpack_lists(device::Stream& /*stream*/, std::span<const std::byte> lists, int topk,
                  std::span<std::int32_t> ids, std::span<float> weights) {
  const std::size_t half = static_cast<std::size_t>(topk) * word_bytes;
  const std::size_t rows = lists.size() / (2 * half);
  require(ids.size_bytes() >= rows * half && weights.size_bytes() >= rows * half,
          "unpack_lists: ids and weights are [rows, K]");
  const std::span<std::byte> id_bytes = std::as_writable_bytes(ids);
  const std::span<std::byte> weight_bytes = std::as_writable_bytes(weights);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::byte* const list = lists.data() + row * 2 * half;
    std::memcpy(id_bytes.data() + row * half, list, half);
    std::memcpy(weight_bytes.data() + row * half, list + half, half);
  }
}

}  // namespace moemark::kernels
