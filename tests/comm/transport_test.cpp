// The data plane: what arrives, and what is counted.
#include "comm/transport.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "device/buffer.hpp"
#include "model/dtype.hpp"

namespace moemark::comm {
namespace {

class TransportTest : public testing::Test {
 protected:
  TransportTest()
      : world(Communicator::world()),
        topology(Topology::blocks(world.size(), 2)),
        transport(world, topology) {}

  template <class T>
  static std::span<std::byte> bytes(std::vector<T>& values) {
    return std::as_writable_bytes(std::span(values));
  }
  [[nodiscard]] std::size_t ranks() const { return static_cast<std::size_t>(world.size()); }
  [[nodiscard]] int rank() const { return world.rank(); }

  Communicator world;
  Topology topology;
  Transport transport;
  device::Stream stream;
};

// Rank s sends s + 2d rows to rank d (so that some pairs are empty), each row saying where from.
TEST_F(TransportTest, UnevenExchangeDeliversAndCounts) {
  const auto rows = [](int s, int d) {
    return static_cast<std::size_t>(s) + 2 * static_cast<std::size_t>(d);
  };
  for (const Schedule schedule :
       {Schedule::library(), Schedule::rounds(1), Schedule::rounds(2), Schedule::rounds(100)}) {
    transport.counter().reset();
    std::vector<Segment> sends;
    std::vector<Segment> receives;
    std::vector<std::int32_t> out;
    std::size_t arriving = 0;
    for (int peer = 0; peer < world.size(); ++peer) {
      sends.push_back({peer, out.size(), rows(rank(), peer)});
      out.insert(out.end(), rows(rank(), peer), 100 * rank() + peer);
      receives.push_back({peer, arriving, rows(peer, rank())});
      arriving += rows(peer, rank());
    }
    std::vector<std::int32_t> in(arriving, -1);
    transport.transfer(stream, bytes(out), sends, bytes(in), receives, 4, Cargo::payload, schedule);

    RankTraffic expected;
    for (const Segment& segment : receives) {
      for (std::size_t i = 0; i < segment.rows; ++i) {
        EXPECT_EQ(in[segment.first_row + i], 100 * segment.peer + rank());
      }
      expected.received.of(topology.link(segment.peer, rank())) +=
          static_cast<std::int64_t>(4 * segment.rows);
    }
    for (const Segment& segment : sends) {
      expected.sent.of(topology.link(rank(), segment.peer)) +=
          static_cast<std::int64_t>(4 * segment.rows);
      if (segment.peer != rank() && segment.rows > 0) ++expected.messages;
    }
    EXPECT_EQ(transport.counter().total(), expected);
  }
}

// Rank 0 leaves its exchange under way before the others begin theirs.
TEST_F(TransportTest, ExchangeGoesOnUntilItIsFinished) {
  const auto others = world.split(0, world.rank());
  constexpr std::size_t rows_each = 100'000;  // beyond what a message carries along
  const auto ranks = static_cast<std::size_t>(world.size());
  std::vector<Segment> pairs;
  pairs.reserve(ranks);
  for (int peer = 0; peer < world.size(); ++peer) {
    pairs.push_back({peer, static_cast<std::size_t>(peer) * rows_each, rows_each});
  }
  for (const Schedule schedule : {Schedule::library(), Schedule::rounds(1), Schedule::rounds(8)}) {
    std::vector<std::int32_t> out(ranks * rows_each, 7 + rank());
    std::vector<std::int32_t> in(out.size(), -1);
    const auto begin = [&] {
      transport.transfer(stream, bytes(out), pairs, bytes(in), pairs, 4, Cargo::payload, schedule,
                         Completion::at_finish);
    };
    if (rank() == 0) begin();
    EXPECT_EQ(others.broadcast_value(world.rank(), 0), 0);
    if (rank() != 0) begin();
    transport.finish(stream);
    transport.finish(stream);  // nothing is under way: returns
    for (std::size_t peer = 0; peer < ranks; ++peer) {
      EXPECT_EQ(std::count(in.begin() + static_cast<std::ptrdiff_t>(peer * rows_each),
                           in.begin() + static_cast<std::ptrdiff_t>((peer + 1) * rows_each),
                           7 + static_cast<int>(peer)),
                rows_each);
    }
  }
}

TEST_F(TransportTest, MetadataIsCountedApart) {
  std::vector<std::int32_t> out(3 * ranks(), rank());
  std::vector<std::int32_t> in(3 * ranks());
  transport.all_to_all(stream, bytes(out), bytes(in), 4, 3, Cargo::metadata);
  for (std::size_t i = 0; i < in.size(); ++i) EXPECT_EQ(in[i], static_cast<int>(i / 3));
  RankTraffic expected;
  expected.metadata_bytes = std::int64_t{12} * (world.size() - 1);
  EXPECT_EQ(transport.counter().total(), expected);
}

TEST_F(TransportTest, GathersPaddedRows) {
  std::vector<std::int32_t> mine(5, rank());
  std::vector<std::int32_t> all(5 * ranks());
  transport.all_gather(stream, bytes(mine), bytes(all), 4, 5, Cargo::payload);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], static_cast<int>(i / 5));
  EXPECT_EQ(transport.counter().total().sent.self, 20);
  EXPECT_EQ(transport.counter().total().sent.network(), 20 * (world.size() - 1));
}

TEST_F(TransportTest, BFloat16IsSummedInFloat32) {
  // 1 + 2^-7 is exact in bfloat16, and so is R times it for R up to 2 only: 3, 4 and 8 round.
  const BFloat16 value = to_bfloat16(1.0F + 0x1p-7F);
  std::vector<BFloat16> send(4 * ranks(), value);
  std::vector<BFloat16> receive(4);
  transport.reduce_scatter(stream, bytes(send), bytes(receive), Element::bfloat16, 4);
  const float exact = static_cast<float>(world.size()) * (1.0F + 0x1p-7F);
  for (const BFloat16 sum : receive) EXPECT_NEAR(to_float(sum), exact, exact * 0x1p-7F);
}

TEST_F(TransportTest, ReducesInPlace) {
  std::vector<std::int32_t> largest = {rank(), -rank()};
  transport.all_reduce(stream, bytes(largest), bytes(largest), Element::int32, Reduction::max, 2,
                       Cargo::metadata);
  EXPECT_EQ(largest, (std::vector<std::int32_t>{world.size() - 1, 0}));
  std::vector<float> ones(8, 1.0F);
  std::vector<float> sums(8);
  transport.all_reduce(stream, bytes(ones), bytes(sums), Element::float32, Reduction::sum, 8,
                       Cargo::payload);
  for (const float sum : sums) EXPECT_EQ(sum, static_cast<float>(world.size()));
  const std::int64_t ring = 2 * (world.size() - 1) * 32 / world.size();
  EXPECT_EQ(transport.counter().total().sent.network(), ring);
}

TEST_F(TransportTest, SplitKeepsTheNodes) {
  Transport rail = transport.split(rank() % 2, rank());
  EXPECT_EQ(rail.size(), (world.size() + 1 - rank() % 2) / 2);
  std::vector<std::int32_t> mine(1, rank());
  std::vector<std::int32_t> all(static_cast<std::size_t>(rail.size()));
  rail.all_gather(stream, bytes(mine), bytes(all), 4, 1, Cargo::payload);
  // Ranks of a rail live on different nodes: nothing is intra.
  EXPECT_EQ(rail.counter().total().sent.intra, 0);
  EXPECT_EQ(rail.counter().total().sent.inter, 4 * (rail.size() - 1));
}

// Row counts beyond int bytes go through a datatype of one row; here a small stand-in checks that
// rows not announced are refused instead of overflowing.
TEST_F(TransportTest, HugeRowsMustBePrepared) {
  std::vector<std::int32_t> nothing(1);
  EXPECT_THROW(
      transport.all_gather(stream, bytes(nothing), bytes(nothing), 1ULL << 31U, 1, Cargo::payload),
      std::logic_error);
}

}  // namespace
}  // namespace moemark::comm
