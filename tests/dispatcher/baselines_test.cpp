// The baselines move the bytes that they declare.
#include "dispatcher/baselines/baselines.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "comm/communicator.hpp"
#include "dispatcher/baselines/baseline_values.hpp"
#include "dispatcher/baselines/matrix_exchange.hpp"
#include "dispatcher/row_codec.hpp"
#include "model/errors.hpp"
#include "tests/dispatcher/routed_group.hpp"

namespace moemark::dispatcher {
namespace {

TEST(Baselines, DeclaredIsCounted) {
  const auto world = comm::Communicator::world();
  const ExpertGroups groups{world.size(), world.size(),
                            ExpertPlacement::contiguous(world.size(), world.size()),
                            Topology::blocks(world.size(), 2)};
  comm::Transport transport(world, groups.topology);
  transport.prepare_rows(1);
  device::Stream stream;
  for (const BaselineEntry& entry : baselines()) {
    if (entry.needs_routing() || world.size() < entry.least_ranks) continue;
    SCOPED_TRACE(entry.name);
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{24}, std::size_t{4096}}) {
      Baseline baseline = entry.make(transport, bytes);
      transport.counter().reset();
      run_steps(baseline.steps, stream);
      RankTraffic expected = declare_baseline(entry, groups, world.rank(), bytes);
      if (baseline.operations == 2) {
        // Ping and pong: what one operation sends, the other sends back.
        std::swap(expected.sent, expected.received);
        const RankTraffic ping = declare_baseline(entry, groups, world.rank(), bytes);
        expected.sent += ping.sent;
        expected.received += ping.received;
        expected.messages = expected.sent.network() > 0 ? 1 : 0;
      }
      EXPECT_EQ(transport.counter().total(), expected);
    }
  }
}

TEST(Baselines, AllReduceDeclaresARing) {
  // 4 ranks on 2 nodes: each sends 2 * 3/4 of 4,096 bytes to the next; every second link crosses.
  const ExpertGroups groups{4, 4, ExpertPlacement::contiguous(4, 4), Topology::blocks(4, 2)};
  const BaselineEntry& entry = find_baseline("--baseline", "all_reduce");
  EXPECT_EQ(declare_baseline(entry, groups, 0, 4096).sent, (BytesByLink{0, 6144, 0}));
  EXPECT_EQ(declare_baseline(entry, groups, 1, 4096).sent, (BytesByLink{0, 0, 6144}));
  EXPECT_EQ(entry.bus_factor(4), 1.5);
}

TEST(Baselines, BothFormsOfTheAllReduceMoveTheSameBytes) {
  const BaselineEntry& whole = find_baseline("--baseline", "all_reduce");
  const BaselineEntry& halves = find_baseline("--baseline", "reduce_scatter_all_gather");
  for (const int ranks : {1, 2, 3, 4, 8}) {
    const ExpertGroups groups{ranks, ranks, ExpertPlacement::contiguous(ranks, ranks),
                              Topology::blocks(ranks, 2)};
    for (int rank = 0; rank < ranks; ++rank) {
      const std::size_t divides = 480;  // whole floats a rank
      const RankTraffic one = declare_baseline(whole, groups, rank, divides);
      const RankTraffic two = declare_baseline(halves, groups, rank, divides);
      EXPECT_EQ(one.sent, two.sent);
      EXPECT_EQ(one.received, two.received);
      EXPECT_EQ(2 * one.messages, two.messages);
    }
  }
  // 3 ranks share 10 floats: blocks of 4, padded; each sends 2 blocks, twice.
  const ExpertGroups three{3, 3, ExpertPlacement::contiguous(3, 3), Topology::blocks(3, 3)};
  EXPECT_EQ(declare_baseline(halves, three, 0, 40).sent, (BytesByLink{0, 64, 0}));
}

void expect_delivered(const BaselineEntry& entry, Baseline baseline, std::size_t floats) {
  const auto world = comm::Communicator::world();
  device::Stream stream;
  const std::span<float> input{reinterpret_cast<float*>(baseline.input.data()),
                               baseline.input.size() / sizeof(float)};
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = test_value(world.rank(), i);
  run_steps(baseline.steps, stream);
  const std::vector<float> output = device::download(
      stream, std::span<const float>{reinterpret_cast<const float*>(baseline.output.data()),
                                     baseline.output.size() / sizeof(float)});
  EXPECT_GE(output.size(), floats);
  for (std::size_t i = 0; i < output.size(); ++i) {
    EXPECT_EQ(output[i], entry.delivers(world.rank(), world.size(), floats, i)) << i;
  }
}

TEST(Baselines, DeliverWhatTheirEntrySays) {
  const auto world = comm::Communicator::world();
  comm::Transport transport(world, Topology::blocks(world.size(), 2));
  transport.prepare_rows(1);
  constexpr std::size_t floats = 11;
  for (const BaselineEntry& entry : baselines()) {
    if (entry.needs_routing() || world.size() < entry.least_ranks) continue;
    SCOPED_TRACE(entry.name);
    expect_delivered(entry, entry.make(transport, floats * sizeof(float)), floats);
    if (entry.make_in_place == nullptr) continue;
    SCOPED_TRACE("in place");
    expect_delivered(entry, entry.make_in_place(transport, floats * sizeof(float)), floats);
  }
}

// Hand-made, because the entries' formulas are the code under test as well.
TEST(Baselines, ExpectedValuesByHand) {
  const auto v = test_value;
  EXPECT_NE(v(0, 0), v(1, 0));
  EXPECT_NE(v(0, 0), v(0, 1));
  EXPECT_EQ(sum_of_ranks(2, 3, 4, 1), v(0, 1) + v(1, 1) + v(2, 1));
  EXPECT_EQ(sum_of_block(2, 3, 4, 1), v(0, 9) + v(1, 9) + v(2, 9));
  EXPECT_EQ(block_of_each(2, 3, 4, 5), v(1, 1));
  EXPECT_EQ(block_for_me(2, 3, 4, 5), v(1, 9));
  EXPECT_EQ(of_previous_rank(0, 3, 4, 1), v(2, 1));
  EXPECT_EQ(of_other_end(2, 3, 4, 1), v(0, 1));
  EXPECT_EQ(of_other_end(1, 3, 4, 1), 0.0F);
}

// Lattice rows and weights: the weighted sum of k copies of a row is exact in any type.
TEST(Baselines, PermuteOnlySumsEveryTokensOwnCopiesAndSendsNothing) {
  const auto world = comm::Communicator::world();
  const BaselineEntry& entry = find_baseline("--baseline", "permute_only");
  const std::vector<std::pair<const char*, DType>> cases = {{"uniform", DType::fp32},
                                                            {"masked", DType::bf16},
                                                            {"idle", DType::bf16},
                                                            {"uniform", DType::fp8}};
  for (const auto& [routing, dtype] : cases) {
    SCOPED_TRACE(testing::Message() << routing << " " << name(dtype));
    RoutedGroup group(world, {.routing = routing, .format = {5, dtype, DType::fp32}});
    Baseline baseline = entry.make_of_tokens(group.sizes, group.batch);
    group.transport.counter().reset();
    run_steps(baseline.steps, group.stream);
    EXPECT_EQ(group.transport.counter().total(),
              declare_baseline(entry, group.groups, world.rank(), 0));
    EXPECT_EQ(group.transport.counter().total(), RankTraffic{});

    const std::vector<float> sums =
        device::download(group.stream, baseline.buffers.back().as<float>());
    ASSERT_EQ(sums.size(), 5 * group.sizes.tokens);
    std::vector<float> row(5);
    const std::size_t row_bytes = group.sizes.token_bytes();
    for (std::size_t token = 0; token < group.sizes.tokens; ++token) {
      decode(group.batch.rows.subspan(token * row_bytes, row_bytes), group.sizes.token_dtype(),
             row);
      float weight = 0.0F;
      for (std::size_t j = 2 * token; j < 2 * token + 2; ++j) {
        if (group.batch.topk_ids[j] >= 0) weight += group.batch.topk_weights[j];
      }
      for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(sums[5 * token + i], weight * row[i]) << "token " << token;
      }
    }
  }
}

TEST(MatrixExchange, MovesTheMatrixAndDeclaresIt) {
  const auto world = comm::Communicator::world();
  const ExpertGroups groups{world.size(), world.size(),
                            ExpertPlacement::contiguous(world.size(), world.size()),
                            Topology::blocks(world.size(), 2)};
  CountMatrix bytes(world.size(), world.size());
  for (int s = 0; s < world.size(); ++s) {
    for (int d = 0; d < world.size(); ++d) bytes.at(s, d) = 5LL * ((3 * s + d) % 4);
  }
  comm::Transport transport(world, groups.topology);
  transport.prepare_rows(1);
  device::Stream stream;
  Baseline baseline = make_matrix_exchange(transport, bytes);
  std::size_t at = 0;
  for (int d = 0; d < world.size(); ++d) {
    for (std::int64_t i = 0; i < bytes.at(world.rank(), d); ++i) {
      baseline.input[at++] = static_cast<std::byte>(16 * world.rank() + d);
    }
  }
  run_steps(baseline.steps, stream);
  EXPECT_EQ(transport.counter().total(), declare_matrix_exchange(groups, world.rank(), bytes));
  at = 0;
  for (int s = 0; s < world.size(); ++s) {
    for (std::int64_t i = 0; i < bytes.at(s, world.rank()); ++i) {
      EXPECT_EQ(baseline.output[at++], static_cast<std::byte>(16 * s + world.rank()));
    }
  }
  EXPECT_EQ(at, baseline.output.size());
}

TEST(Baselines, UnknownNameIsRefused) {
  EXPECT_THROW(find_baseline("--baseline", "allreduce"), UsageError);
}

}  // namespace
}  // namespace moemark::dispatcher
