// permute_perf: the counting sort of assignments, moving rows into expert order, and the weighted
// sum back.
#include <algorithm>
#include <cstring>

#include "bench/common/inputs/routing.hpp"
#include "bench/common/kernels/kernel_launch.hpp"
#include "device/buffer.hpp"
#include "kernels/compare/standard.hpp"
#include "kernels/permutation.hpp"

namespace moemark::bench {
namespace {

constexpr Program program = {
    .name = "permute_perf",
    .summary = "what sorting and moving token rows costs on one core",
    .description =
        "  Times plan (stable counting sort of tokens x top-k assignments), permute (every row to\n"
        "  its k places) and unpermute (weighted float32 sum of k rows). GB/s of the bytes that\n"
        "  must move; of_roofline compares with copy and read measured in the same run.\n",
    .examples =
        "  permute_perf --preset olmoe-1b-7b --tokens 1024,4096\n"
        "  permute_perf --preset tiny --skew uniform,hot:1/1 --benchmark_filter=plan",
    .routes = true,
    .kernels = true,
};

// The tokens of a case and where they go; copies of the rows go beyond the cache in rotation.
struct PermuteBuffers {
  PermuteBuffers(const Case& c, const Options& options, device::Stream& stream);

  void plan(device::Stream& stream) {
    kernels::build_plan(stream, ids.as<const std::int32_t>(), plan_buffers());
  }
  kernels::PlanBuffers plan_buffers() {
    return {counts.as<std::int32_t>(), offsets.as<std::int32_t>(), positions.as<std::int32_t>()};
  }
  // permute() with a memcpy for every assignment.
  void copy_rows(std::size_t copy) {
    const auto place = positions.as<const std::int32_t>();
    const auto per_token = static_cast<std::size_t>(what.topk);
    std::byte* const to = sorted[copy].bytes().data();
    const std::byte* const from = tokens[copy].bytes().data();
    for (std::size_t i = 0; i < place.size(); ++i) {
      if (place[i] < 0) continue;
      std::memcpy(to + static_cast<std::size_t>(place[i]) * row_bytes,
                  from + i / per_token * row_bytes, row_bytes);
    }
  }
  void permute(device::Stream& stream, std::size_t copy) {
    kernels::permute_rows(stream, tokens[copy].bytes(), row_bytes,
                          positions.as<const std::int32_t>(), what.topk, sorted[copy].bytes());
  }
  void unpermute(device::Stream& stream, std::size_t copy) {
    const auto hidden = static_cast<std::size_t>(what.hidden);
    kernels::unpermute_rows(stream, {what.dtype, hidden, sorted[copy].bytes()},
                            positions.as<const std::int32_t>(), weights.as<const float>(),
                            what.topk, {what.dtype, hidden, tokens[copy].bytes()});
  }
  // Each assignment written (or read) once, and `token_rows` read (or written) once.
  [[nodiscard]] double row_traffic(std::size_t token_rows) const {
    return static_cast<double>((token_rows + assignments) * row_bytes);
  }

  Case what;
  std::size_t row_bytes;
  std::size_t assignments = 0;    // a masked token has none
  std::size_t routed_tokens = 0;  // that have any
  device::Buffer ids, weights, counts, offsets, positions;
  std::vector<device::Buffer> tokens, sorted;
};

PermuteBuffers::PermuteBuffers(const Case& c, const Options& options, device::Stream& stream)
    : what(c), row_bytes(static_cast<std::size_t>(c.hidden) * size_bytes(c.dtype)) {
  const RoutingTable table = PlannedTables(c, options.seed, RoutingSource::ids).of(0);
  what.topk = table.topk;  // of a token at most, where experts choose
  for (int token = 0; token < table.tokens; ++token) {
    const auto valid = std::ranges::count_if(table.ids(token), [](auto id) { return id >= 0; });
    assignments += static_cast<std::size_t>(valid);
    routed_tokens += valid > 0 ? 1U : 0U;
  }
  ids = device::upload(stream, std::span<const std::int32_t>(table.topk_ids));
  weights = device::upload(stream, std::span<const float>(table.topk_weights));
  counts = device::Buffer(4 * static_cast<std::size_t>(c.experts));
  offsets = device::Buffer(4 * (static_cast<std::size_t>(c.experts) + 1));
  positions = device::Buffer(ids.size_bytes());
  const std::size_t token_bytes = static_cast<std::size_t>(c.tokens) * row_bytes;
  const std::size_t copies =
      cold_copies(static_cast<double>(token_bytes) * (1.0 + what.topk), options);
  for (std::size_t i = 0; i < copies; ++i) {
    tokens.emplace_back(token_bytes);
    sorted.emplace_back(token_bytes * static_cast<std::size_t>(what.topk));
    device::fill_bytes(stream, tokens.back().bytes(), std::byte{0x3f});
    device::fill_bytes(stream, sorted.back().bytes(), std::byte{0x3f});
  }
  plan(stream);
}

KernelWork plan(const Case& c, const Options& options, device::Stream& stream) {
  auto b = std::make_shared<PermuteBuffers>(c, options, stream);
  return {0.0, 2.0 * static_cast<double>(b->ids.size_bytes()), false,
          [b](device::Stream& s) { b->plan(s); }};
}

// The plan by std::stable_sort.
KernelWork stable_sort(const Case& c, const Options& options, device::Stream& stream) {
  auto b = std::make_shared<PermuteBuffers>(c, options, stream);
  auto sort = std::make_shared<kernels::StableSortPlan>(b->ids.size_bytes() / sizeof(std::int32_t));
  return {0.0, 2.0 * static_cast<double>(b->ids.size_bytes()), false, [b, sort](device::Stream&) {
            sort->run(b->ids.as<const std::int32_t>(), b->plan_buffers());
          }};
}

KernelWork permute(const Case& c, const Options& options, device::Stream& stream) {
  auto b = std::make_shared<PermuteBuffers>(c, options, stream);
  return {0.0, b->row_traffic(b->routed_tokens), true,
          rotating(b->tokens.size(),
                   [b](device::Stream& s, std::size_t copy) { b->permute(s, copy); })};
}

KernelWork row_memcpy(const Case& c, const Options& options, device::Stream& stream) {
  auto b = std::make_shared<PermuteBuffers>(c, options, stream);
  return {
      0.0, b->row_traffic(b->routed_tokens), true,
      rotating(b->tokens.size(), [b](device::Stream&, std::size_t copy) { b->copy_rows(copy); })};
}

KernelWork unpermute(const Case& c, const Options& options, device::Stream& stream) {
  auto b = std::make_shared<PermuteBuffers>(c, options, stream);
  return {2.0 * static_cast<double>(b->assignments) * c.hidden,
          b->row_traffic(static_cast<std::size_t>(c.tokens)), false,
          rotating(b->tokens.size(),
                   [b](device::Stream& s, std::size_t copy) { b->unpermute(s, copy); })};
}

}  // namespace
}  // namespace moemark::bench

int main(int argc, char** argv) {
  using namespace moemark::bench;
  return run_kernels(argc, argv, program,
                     {{"plan", plan},
                      {"permute", permute},
                      {"unpermute", unpermute},
                      {"plan_stable_sort", stable_sort, "plan"},
                      {"permute_memcpy", row_memcpy, "permute"}});
}
