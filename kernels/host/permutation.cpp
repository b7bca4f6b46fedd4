// Permutation on the host: a counting sort in four streams, and copies of whole rows.
//
// A counting sort reads keys[i] and increments that bin's cursor. With one stream and a hot bin
// every increment waits for the one before it (a store forwarded to a load, some 5 cycles). So the
// keys are cut into four contiguous quarters with cursors of their own, walked in lockstep: four
// independent chains whatever the skew. Quarter q's cursor of a bin starts where the bin's
// assignments of quarters 0..q-1 end, so the order inside a bin stays ascending (stable).
#include "kernels/permutation.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/host/isa.hpp"
#include "kernels/host/require.hpp"
#include "kernels/host/row_copy.hpp"

namespace moemark::kernels {
namespace {

constexpr std::size_t streams = 4;
constexpr std::size_t most_bins = 2048;  // 32 kB of cursors on the stack

// Slot 0 counts the keys of -1, slot b + 1 those of bin b: no branch on the key.
using Cursors = std::array<std::array<std::int32_t, most_bins + 1>, streams>;

std::size_t slot(std::int32_t key) {
  return static_cast<std::size_t>(std::int64_t{key} + 1);
}

// Cursors too many for the stack: `counts` itself serves as the cursor of one stream.
void build_plan_in_place(std::span<const std::int32_t> keys, PlanBuffers plan) {
  const std::size_t bins = plan.counts.size();
  std::ranges::fill(plan.counts, 0);
  for (const std::int32_t key : keys) {
    if (key >= 0) ++plan.counts[static_cast<std::size_t>(key)];
  }
  plan.offsets[0] = 0;
  for (std::size_t b = 0; b < bins; ++b) {
    plan.offsets[b + 1] = plan.offsets[b] + plan.counts[b];
    plan.counts[b] = plan.offsets[b];
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    plan.assign_to_pos[i] = keys[i] < 0 ? -1 : plan.counts[static_cast<std::size_t>(keys[i])]++;
  }
  for (std::size_t b = 0; b < bins; ++b) plan.counts[b] = plan.offsets[b + 1] - plan.offsets[b];
}

// Turns the streams' counts into their cursors, and fills counts and offsets on the way.
void scan(Cursors& cursors, PlanBuffers plan) {
  std::int32_t position = 0;
  for (std::size_t b = 0; b < plan.counts.size(); ++b) {
    plan.offsets[b] = position;
    for (auto& stream : cursors) {
      const std::int32_t count = stream[b + 1];
      stream[b + 1] = position;
      position += count;
    }
    plan.counts[b] = position - plan.offsets[b];
  }
  plan.offsets[plan.counts.size()] = position;
}

}  // namespace

void build_plan(device::Stream& /*stream*/, std::span<const std::int32_t> keys, PlanBuffers plan) {
  const std::size_t bins = plan.counts.size();
  require(plan.offsets.size() == bins + 1 && plan.assign_to_pos.size() == keys.size(),
          "build_plan: offsets is [bins + 1], assign_to_pos [keys]");
  if (bins > most_bins) {
    build_plan_in_place(keys, plan);
    return;
  }

  Cursors cursors;
  for (auto& stream : cursors) std::fill_n(stream.begin(), bins + 1, 0);
  const std::size_t quarter = keys.size() / streams;
  const std::size_t rest = quarter * streams;  // the last few keys follow in the last stream
  for (std::size_t i = 0; i < quarter; ++i) {
    for (std::size_t s = 0; s < streams; ++s) ++cursors[s][slot(keys[s * quarter + i])];
  }
  for (std::size_t i = rest; i < keys.size(); ++i) ++cursors[streams - 1][slot(keys[i])];

  scan(cursors, plan);
  const auto place = [&](std::size_t s, std::size_t i) {
    const std::int32_t position = cursors[s][slot(keys[i])]++;
    plan.assign_to_pos[i] = keys[i] < 0 ? -1 : position;
  };
  for (std::size_t i = 0; i < quarter; ++i) {
    for (std::size_t s = 0; s < streams; ++s) place(s, s * quarter + i);
  }
  for (std::size_t i = rest; i < keys.size(); ++i) place(streams - 1, i);
}

// In source order, so that a source row comes from memory once and its copies from the cache.
void permute_rows(device::Stream& /*stream*/, std::span<const std::byte> source,
                  std::size_t row_bytes, std::span<const std::int32_t> assign_to_pos, int copies,
                  std::span<std::byte> destination) {
  require(copies >= 1 && assign_to_pos.size() % static_cast<std::size_t>(copies) == 0,
          "permute_rows: assign_to_pos is [T, copies]");
  const auto width = static_cast<std::size_t>(copies);
  const std::size_t tokens = assign_to_pos.size() / width;
  require(source.size() >= tokens * row_bytes, "permute_rows: source is [T, row_bytes]");
  const bool streaming = exceeds_last_level_cache(assign_to_pos.size() * row_bytes);
  for (std::size_t t = 0; t < tokens; ++t) {
    const std::byte* const row = source.data() + t * row_bytes;
    for (std::size_t j = 0; j < width; ++j) {
      const std::int32_t position = assign_to_pos[t * width + j];
      if (position < 0) continue;
      copy_row(row, destination.data() + static_cast<std::size_t>(position) * row_bytes, row_bytes,
               streaming);
    }
  }
  finish_streaming();
}

void scatter_rows(device::Stream& /*stream*/, std::span<const std::byte> source,
                  std::size_t row_bytes, std::span<const std::int32_t> assign_to_pos,
                  std::span<const std::int32_t> peer_of_assign, int copies,
                  std::span<const std::size_t> first_row,
                  std::span<const std::span<std::byte>> destinations) {
  require(assign_to_pos.size() == peer_of_assign.size(),
          "scatter_rows: assign_to_pos and peer_of_assign are [T, copies]");
  const auto width = static_cast<std::size_t>(copies);
  const bool streaming = exceeds_last_level_cache(assign_to_pos.size() * row_bytes);
  for (std::size_t a = 0; a < assign_to_pos.size(); ++a) {
    if (peer_of_assign[a] < 0) continue;
    const auto peer = static_cast<std::size_t>(peer_of_assign[a]);
    const std::size_t row = static_cast<std::size_t>(assign_to_pos[a]) - first_row[peer];
    copy_row(source.data() + a / width * row_bytes, destinations[peer].data() + row * row_bytes,
             row_bytes, streaming);
  }
  finish_streaming();
}

void gather_rows(device::Stream& /*stream*/, std::span<const std::byte> source,
                 std::size_t row_bytes, std::span<const std::int32_t> source_row,
                 std::span<std::byte> destination) {
  require(destination.size() >= source_row.size() * row_bytes,
          "gather_rows: destination is [source_row.size(), row_bytes]");
  const bool streaming = exceeds_last_level_cache(source_row.size() * row_bytes);
  for (std::size_t i = 0; i < source_row.size(); ++i) {
    std::byte* const to = destination.data() + i * row_bytes;
    if (source_row[i] < 0) {
      std::memset(to, 0, row_bytes);
    } else {
      copy_row(source.data() + static_cast<std::size_t>(source_row[i]) * row_bytes, to, row_bytes,
               streaming);
    }
  }
  finish_streaming();
}

void unpermute_rows(device::Stream& /*stream*/, ConstRows rows,
                    std::span<const std::int32_t> assign_to_pos, std::span<const float> weights,
                    int copies, Rows out) {
  require(copies >= 1 && assign_to_pos.size() % static_cast<std::size_t>(copies) == 0,
          "unpermute_rows: assign_to_pos is [T, copies]");
  const std::size_t tokens = assign_to_pos.size() / static_cast<std::size_t>(copies);
  require(weights.empty() || weights.size() == assign_to_pos.size(),
          "unpermute_rows: weights is [T, copies] or empty");
  require(rows.width == out.width && out.data.size() >= tokens * out.row_bytes(),
          "unpermute_rows: out is [T, width of rows]");
  active_kernels().unpermute(
      {.rows_type = rows.dtype,
       .out_type = out.dtype,
       .rows = rows.data.data(),
       .width = rows.width,
       .assign_to_pos = assign_to_pos.data(),
       .weights = weights.empty() ? nullptr : weights.data(),
       .tokens = tokens,
       .copies = copies,
       .out = out.data.data(),
       .streaming = exceeds_last_level_cache(assign_to_pos.size() * rows.row_bytes())});
}

}  // namespace moemark::kernels
