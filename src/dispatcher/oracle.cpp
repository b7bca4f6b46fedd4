// What every dispatcher must deliver, computed from the routing tables alone, and the comparison.
#include "dispatcher/oracle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "device/buffer.hpp"
#include "dispatcher/row_codec.hpp"
#include "model/errors.hpp"

namespace moemark::dispatcher {
namespace {

constexpr std::byte poison{0xff};  // a NaN in both element types

Lattice lattice_or_skip(int topk) {
  const auto lattice = lattice_for(topk);
  if (!lattice) {
    throw CaseSkipped(fmt::format("top-k {} is beyond the exact lattice (256)", topk));
  }
  return *lattice;
}

// How a stored row reads to a human: who it claims to be.
std::string describe(std::span<const std::byte> stored, DType dtype, std::size_t hidden) {
  std::vector<float> row(hidden);
  decode(stored, dtype, row);
  const auto fingerprint = decode_fingerprint(row);
  if (!fingerprint) return "a row that is nobody's (poison or damage)";
  return fmt::format("the row of rank {} token {}", fingerprint->rank, fingerprint->token);
}

}  // namespace

Oracle::Oracle(OracleCase oracle_case)
    : case_(std::move(oracle_case)), lattice_(lattice_or_skip(case_.sizes.topk)) {
  const Sizes& sizes = case_.sizes;
  const auto topk = static_cast<std::size_t>(sizes.topk);
  weights_.resize(sizes.tokens * topk);
  for (std::size_t t = 0; t < sizes.tokens; ++t) {
    append_row(sizes.rank, static_cast<int>(t), sizes.token_dtype(), payload_);
    lattice_weights(lattice_, case_.seed, case_.step,
                    static_cast<std::uint32_t>(case_.first_rank + sizes.rank),
                    static_cast<std::uint32_t>(t), std::span(weights_).subspan(t * topk, topk));
  }
  if (!case_.weighted) std::fill(weights_.begin(), weights_.end(), 1.0F);
  expect_arrival();
  expect_result();
}

std::size_t Oracle::memory_bytes(const Sizes& sizes) {
  return sizes.tokens * sizes.token_bytes() + 2 * sizes.receive_rows * sizes.row_bytes() +
         (2 * sizes.tokens + sizes.receive_rows) * sizes.combine_row_bytes();
}

void Oracle::append_row(int source_rank, int token, DType dtype,
                        std::vector<std::byte>& rows) const {
  std::vector<float> row(case_.sizes.hidden);
  lattice_row(lattice_, case_.seed, case_.step,
              static_cast<std::uint32_t>(case_.first_rank + source_rank),
              static_cast<std::uint32_t>(token), row);
  append_encoded(row, dtype, rows);
}

// Expert-major, then by ascending source rank, then by assignment.
void Oracle::expect_arrival() {
  struct Origin {
    int source;
    int token;
  };
  const Sizes& sizes = case_.sizes;
  const int first = sizes.placement.first(sizes.rank);
  const int count = sizes.placement.count(sizes.rank);
  std::vector<std::vector<Origin>> origins(sizes.local_experts());
  for (int source = 0; source < sizes.ranks; ++source) {
    const RoutingTable table = case_.table_of(source);
    for (int token = 0; token < table.tokens; ++token) {
      for (const std::int32_t id : std::as_const(table).ids(token)) {
        if (id < first || id >= first + count) continue;
        origins[static_cast<std::size_t>(id - first)].push_back({source, token});
      }
    }
  }
  arrival_.reserve(sizes.receive_rows * sizes.row_bytes());
  expert_offsets_.assign(1, 0);
  for (const auto& of_expert : origins) {
    for (const Origin& origin : of_expert) {
      append_row(origin.source, origin.token, sizes.dtype, arrival_);
      source_of_row_.push_back(origin.source);
    }
    expert_offsets_.push_back(expert_offsets_.back() + static_cast<std::int32_t>(of_expert.size()));
  }
}

void Oracle::expect_result() {
  const Sizes& sizes = case_.sizes;
  const RoutingTable table = case_.table_of(sizes.rank);
  const auto fingerprint =
      static_cast<std::size_t>(fingerprint_columns(static_cast<int>(sizes.hidden)));
  std::vector<float> row(sizes.hidden);
  for (int token = 0; token < table.tokens; ++token) {
    const auto t = static_cast<std::size_t>(token);
    decode(std::span(payload_).subspan(t * sizes.token_bytes(), sizes.token_bytes()),
           sizes.token_dtype(), row);
    float factor = 0.0F;
    for (int j = 0; j < table.topk; ++j) {
      const std::int32_t expert = std::as_const(table).ids(token)[static_cast<std::size_t>(j)];
      if (expert < 0) continue;
      factor += weights_[t * static_cast<std::size_t>(sizes.topk) + static_cast<std::size_t>(j)] *
                lattice_expert_factor(lattice_, case_.logical(expert));
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
      // A token without experts sums to +0, not to a signed product.
      row[i] = i < fingerprint || factor == 0.0F ? 0.0F : row[i] * factor;
    }
    append_encoded(row, sizes.combine_dtype, result_);
  }
}

std::optional<std::string> Oracle::check(Dispatcher& dispatcher, const TokenBatch& batch,
                                         device::Stream& stream) const {
  const auto poison_receive_buffers = [&] {
    for (const auto buffer : dispatcher.receive_buffers()) {
      device::fill_bytes(stream, buffer, poison);
    }
  };
  device::fill_bytes(stream, batch.combined, poison);
  // Everything runs in any case: it is collective, and the other ranks may have arrived well.
  poison_receive_buffers();
  run_steps(dispatcher.dispatch(), stream);
  const std::vector<std::size_t> order = arrival_order(dispatcher.source_order());
  std::optional<std::string> failure = compare_arrival(dispatcher.expert_batch(), order, stream);
  poison_receive_buffers();
  run_steps(dispatcher.dispatch_cached(), stream);
  if (!failure) {
    failure = compare_arrival(dispatcher.expert_batch(), order, stream);
    if (failure) failure = "with a known layout, " + *failure;
  }
  if (!failure) apply_experts(dispatcher.expert_batch(), order, stream);
  run_steps(dispatcher.combine(), stream);
  if (!failure) failure = compare_result(batch.combined, stream);
  return failure;
}

// Which expected row lies at each position when an expert's sources come in `source_order`.
std::vector<std::size_t> Oracle::arrival_order(const std::vector<int>& source_order) const {
  std::vector<std::size_t> order(source_of_row_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (source_order.empty()) return order;
  std::vector<std::size_t> place(source_order.size());
  for (std::size_t i = 0; i < source_order.size(); ++i) {
    place[static_cast<std::size_t>(source_order[i])] = i;
  }
  for (std::size_t e = 0; e + 1 < expert_offsets_.size(); ++e) {
    // Rows of one source keep their order: clang calls std::stable_sort's buffer deprecated.
    std::ranges::sort(order.begin() + expert_offsets_[e], order.begin() + expert_offsets_[e + 1],
                      {}, [&](std::size_t row) {
                        return std::pair(place[static_cast<std::size_t>(source_of_row_[row])], row);
                      });
  }
  return order;
}

std::optional<std::string> Oracle::compare_arrival(const ExpertBatch& arrived,
                                                   std::span<const std::size_t> order,
                                                   device::Stream& stream) const {
  const auto offsets = device::download(stream, arrived.expert_offsets);
  for (std::size_t e = 0; e < expert_offsets_.size(); ++e) {
    if (e < offsets.size() && offsets[e] == expert_offsets_[e]) continue;
    return fmt::format("dispatch on rank {}: rows of expert {} start at {}, expected {}",
                       case_.first_rank + case_.sizes.rank, e, e < offsets.size() ? offsets[e] : -1,
                       expert_offsets_[e]);
  }
  const std::size_t row_bytes = case_.sizes.row_bytes();
  const auto rows = device::download(stream, arrived.rows.data.first(arrival_.size()));
  for (std::size_t position = 0; position < order.size(); ++position) {
    const auto expected = std::span(arrival_).subspan(order[position] * row_bytes, row_bytes);
    const auto got = std::span(rows).subspan(position * row_bytes, row_bytes);
    if (std::ranges::equal(got, expected)) continue;
    return fmt::format("dispatch on rank {}: row {} holds {}, expected {}",
                       case_.first_rank + case_.sizes.rank, position,
                       describe(got, case_.sizes.dtype, case_.sizes.hidden),
                       describe(expected, case_.sizes.dtype, case_.sizes.hidden));
  }
  return std::nullopt;
}

std::optional<std::string> Oracle::compare_result(std::span<const std::byte> combined,
                                                  device::Stream& stream) const {
  const std::size_t row_bytes = case_.sizes.combine_row_bytes();
  const DType dtype = case_.sizes.combine_dtype;
  const auto rows = device::download(stream, combined);
  for (std::size_t first = 0; first < result_.size(); first += row_bytes) {
    if (std::memcmp(rows.data() + first, result_.data() + first, row_bytes) == 0) continue;
    std::vector<float> got(case_.sizes.hidden);
    std::vector<float> expected(case_.sizes.hidden);
    decode(std::span(rows).subspan(first, row_bytes), dtype, got);
    decode(std::span<const std::byte>(result_).subspan(first, row_bytes), dtype, expected);
    std::size_t column = 0;
    while (got[column] == expected[column] && column + 1 < got.size()) ++column;
    return fmt::format("combine on rank {}: token {} column {} is {}, expected {}",
                       case_.first_rank + case_.sizes.rank, first / row_bytes, column, got[column],
                       expected[column]);
  }
  return std::nullopt;
}

// The stand-in for an expert: row times (1 + e mod f), fingerprint columns zero.
void Oracle::apply_experts(const ExpertBatch& batch, std::span<const std::size_t> order,
                           device::Stream& stream) const {
  const Sizes& sizes = case_.sizes;
  const auto fingerprint =
      static_cast<std::size_t>(fingerprint_columns(static_cast<int>(sizes.hidden)));
  std::vector<std::byte> outputs;
  std::vector<float> row(sizes.hidden);
  for (int local = 0; local < sizes.placement.count(sizes.rank); ++local) {
    const int expert = case_.logical(sizes.placement.first(sizes.rank) + local);
    const float factor = lattice_expert_factor(lattice_, expert);
    const auto begin = static_cast<std::size_t>(expert_offsets_[static_cast<std::size_t>(local)]);
    const auto end = static_cast<std::size_t>(expert_offsets_[static_cast<std::size_t>(local) + 1]);
    for (std::size_t position = begin; position < end; ++position) {
      decode(std::span(arrival_).subspan(order[position] * sizes.row_bytes(), sizes.row_bytes()),
             sizes.dtype, row);
      for (std::size_t i = 0; i < row.size(); ++i) {
        row[i] = i < fingerprint ? 0.0F : row[i] * factor;
      }
      append_encoded(row, sizes.combine_dtype, outputs);
    }
  }
  device::copy_to_device(stream, outputs, batch.outputs.data.first(outputs.size()));
  stream.synchronize();
}

std::uint64_t Oracle::result_hash(std::uint64_t state) const {
  return fnv1a(state, result_);
}

}  // namespace moemark::dispatcher
