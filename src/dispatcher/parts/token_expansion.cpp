// The receiving end of strategies that carry tokens with their lists of experts.
#include "dispatcher/parts/token_expansion.hpp"

#include "kernels/permutation.hpp"
#include "kernels/regroup.hpp"

namespace moemark::dispatcher {
namespace {

constexpr std::size_t index_bytes = sizeof(std::int32_t);

std::size_t table_bytes(const Sizes& sizes, std::size_t tokens) {
  return tokens * static_cast<std::size_t>(sizes.topk) * index_bytes;
}

}  // namespace

TokenExpansion::TokenExpansion(const Sizes& sizes, std::size_t tokens)
    : sizes_(sizes),
      keys_(table_bytes(sizes, tokens)),
      counts_(sizes.local_experts() * index_bytes),
      offsets_((sizes.local_experts() + 1) * index_bytes),
      assign_to_pos_(table_bytes(sizes, tokens)),
      rows_(sizes.receive_rows * sizes.row_bytes()),
      outputs_(sizes.receive_rows * sizes.combine_row_bytes()) {}

std::size_t TokenExpansion::buffer_bytes(const Sizes& sizes, std::size_t tokens) {
  return 2 * table_bytes(sizes, tokens) + (2 * sizes.local_experts() + 1) * index_bytes +
         sizes.receive_rows * (sizes.row_bytes() + sizes.combine_row_bytes());
}

void TokenExpansion::sort(device::Stream& stream, std::span<const std::int32_t> ids) {
  assignments_ = ids.size();
  const auto keys = keys_.as<std::int32_t>().first(ids.size());
  const auto positions = assign_to_pos_.as<std::int32_t>().first(ids.size());
  kernels::localise_ids(stream, ids, sizes_.placement.first(sizes_.rank),
                        sizes_.placement.count(sizes_.rank), keys);
  kernels::build_plan(stream, keys,
                      {counts_.as<std::int32_t>(), offsets_.as<std::int32_t>(), positions});
}

void TokenExpansion::expand(device::Stream& stream, std::span<const std::byte> rows) {
  kernels::permute_rows(stream, rows, sizes_.row_bytes(),
                        assign_to_pos_.as<const std::int32_t>().first(assignments_), sizes_.topk,
                        rows_.bytes());
}

void TokenExpansion::reduce(device::Stream& stream, std::span<const float> weights,
                            std::size_t first_token, std::size_t tokens, std::span<std::byte> out) {
  const auto topk = static_cast<std::size_t>(sizes_.topk);
  kernels::unpermute_rows(
      stream, {sizes_.combine_dtype, sizes_.hidden, outputs_.bytes()},
      assign_to_pos_.as<const std::int32_t>().subspan(first_token * topk, tokens * topk),
      weights.subspan(first_token * topk, tokens * topk), sizes_.topk,
      {sizes_.combine_dtype, sizes_.hidden, out});
}

ExpertBatch TokenExpansion::batch() {
  return {{sizes_.dtype, sizes_.hidden, rows_.bytes()},
          {sizes_.combine_dtype, sizes_.hidden, outputs_.bytes()},
          offsets_.as<std::int32_t>()};
}

}  // namespace moemark::dispatcher
