// Plain loops over assignments: a sort by key, then index, and one row after the other.
#include "kernels/reference/permutation.hpp"

#include <algorithm>
#include <numeric>

namespace moemark::kernels::reference {

Plan build_plan(std::span<const std::int32_t> keys, int bins) {
  std::vector<std::size_t> order(keys.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return keys[a] < keys[b] || (keys[a] == keys[b] && a < b);
  });

  Plan plan;
  plan.assign_to_pos.assign(keys.size(), -1);
  std::int32_t position = 0;
  for (const std::size_t i : order) {
    if (keys[i] >= 0) plan.assign_to_pos[i] = position++;
  }
  plan.offsets.push_back(0);
  for (int bin = 0; bin < bins; ++bin) {
    plan.counts.push_back(static_cast<std::int32_t>(std::ranges::count(keys, bin)));
    plan.offsets.push_back(plan.offsets.back() + plan.counts.back());
  }
  return plan;
}

std::vector<std::byte> permute_rows(std::span<const std::byte> source, std::size_t row_bytes,
                                    std::span<const std::int32_t> assign_to_pos, int copies,
                                    std::size_t destination_rows) {
  std::vector<std::byte> destination(destination_rows * row_bytes);
  for (std::size_t a = 0; a < assign_to_pos.size(); ++a) {
    if (assign_to_pos[a] < 0) continue;
    const auto row = source.subspan(a / static_cast<std::size_t>(copies) * row_bytes, row_bytes);
    const auto position = static_cast<std::size_t>(assign_to_pos[a]);
    std::ranges::copy(row, std::span(destination).subspan(position * row_bytes).begin());
  }
  return destination;
}

std::vector<std::byte> gather_rows(std::span<const std::byte> source, std::size_t row_bytes,
                                   std::span<const std::int32_t> source_row) {
  std::vector<std::byte> destination(source_row.size() * row_bytes);
  for (std::size_t i = 0; i < source_row.size(); ++i) {
    if (source_row[i] < 0) continue;
    const auto row = source.subspan(static_cast<std::size_t>(source_row[i]) * row_bytes, row_bytes);
    std::ranges::copy(row, std::span(destination).subspan(i * row_bytes).begin());
  }
  return destination;
}

std::vector<double> unpermute_rows(std::span<const float> rows, std::size_t width,
                                   std::span<const std::int32_t> assign_to_pos,
                                   std::span<const float> weights, int copies) {
  const auto topk = static_cast<std::size_t>(copies);
  std::vector<double> out(assign_to_pos.size() / topk * width, 0.0);
  for (std::size_t a = 0; a < assign_to_pos.size(); ++a) {
    if (assign_to_pos[a] < 0) continue;
    const double weight = weights.empty() ? 1.0 : double{weights[a]};
    const std::size_t row = static_cast<std::size_t>(assign_to_pos[a]) * width;
    for (std::size_t c = 0; c < width; ++c) {
      out[a / topk * width + c] += weight * double{rows[row + c]};
    }
  }
  return out;
}

}  // namespace moemark::kernels::reference
