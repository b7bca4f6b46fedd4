// The data plane on device memory: what arrives, whatever the back end. Runs on the fakes of CUDA
// and NCCL in CI and on the real ones by scripts/gpu-check.
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "comm/raw_reference.hpp"
#include "comm/transport.hpp"
#include "device/buffer.hpp"
#include "model/dtype.hpp"
#include "model/errors.hpp"

namespace moemark::comm {
namespace {

class TransportOnDevice : public testing::Test {
 protected:
  TransportOnDevice()
      : world(Communicator::world()),
        topology(Topology::blocks(world.size(), 2)),
        transport(world, topology) {}

  template <class T>
  device::Buffer uploaded(const std::vector<T>& values) {
    return device::upload(stream, std::span<const T>(values));
  }
  // Poisoned: what nobody writes shows.
  device::Buffer poisoned(std::size_t bytes) {
    device::Buffer buffer(bytes);
    device::fill_bytes(stream, buffer.bytes(), std::byte{0xee});
    return buffer;
  }
  template <class T>
  std::vector<T> downloaded(const device::Buffer& buffer) {
    return device::download(stream, buffer.as<const T>());
  }
  [[nodiscard]] std::size_t ranks() const { return static_cast<std::size_t>(world.size()); }
  [[nodiscard]] int rank() const { return world.rank(); }

  Communicator world;
  Topology topology;
  Transport transport;
  device::Stream stream;
};

// Rank s sends s + 2d rows to rank d, so that some pairs are empty.
TEST_F(TransportOnDevice, UnevenExchange) {
  const auto rows = [](int s, int d) {
    return static_cast<std::size_t>(s) + 2 * static_cast<std::size_t>(d);
  };
  for (const Schedule schedule :
       {Schedule::library(), Schedule::rounds(1), Schedule::rounds(2), Schedule::rounds(100)}) {
    std::vector<Segment> sends;
    std::vector<Segment> receives;
    std::vector<std::int32_t> out;
    std::vector<std::int32_t> expected;
    for (int peer = 0; peer < world.size(); ++peer) {
      sends.push_back({peer, out.size(), rows(rank(), peer)});
      out.insert(out.end(), rows(rank(), peer), 100 * rank() + peer);
      receives.push_back({peer, expected.size(), rows(peer, rank())});
      expected.insert(expected.end(), rows(peer, rank()), 100 * peer + rank());
    }
    const device::Buffer send = uploaded(out);
    device::Buffer receive = poisoned(4 * expected.size());
    transport.transfer(stream, send.bytes(), sends, receive.bytes(), receives, 4, Cargo::payload,
                       schedule, Completion::at_finish);
    transport.finish(stream);
    EXPECT_EQ(downloaded<std::int32_t>(receive), expected);
  }
}

// Each call needs what the one before it has left: nothing but the stream orders them.
TEST_F(TransportOnDevice, CallsFollowEachOtherOnTheStream) {
  constexpr std::size_t rows = 33;
  for (int turn = 0; turn < 4; ++turn) {
    std::vector<std::int32_t> mine(rows * ranks());
    std::iota(mine.begin(), mine.end(), 1000 * rank() + turn);
    const device::Buffer send = uploaded(mine);
    device::Buffer crossed = poisoned(4 * mine.size());
    device::Buffer back = poisoned(4 * mine.size());
    device::Buffer all = poisoned(4 * mine.size() * ranks());
    transport.all_to_all(stream, send.bytes(), crossed.bytes(), 4, rows, Cargo::payload);
    transport.all_to_all(stream, crossed.bytes(), back.bytes(), 4, rows, Cargo::payload);
    transport.all_gather(stream, back.bytes(), all.bytes(), 4, mine.size(), Cargo::payload);
    const auto gathered = downloaded<std::int32_t>(all);
    for (std::size_t i = 0; i < gathered.size(); ++i) {
      const std::size_t source = i / mine.size();
      ASSERT_EQ(gathered[i], static_cast<int>(1000 * source + i % mine.size()) + turn);
    }
  }
}

TEST_F(TransportOnDevice, SumsBlocks) {
  // 1 + 2^-7 is exact in bfloat16, and so is R times it for R up to 2 only: 3, 4 and 8 round.
  const device::Buffer send =
      uploaded(std::vector<BFloat16>(4 * ranks(), to_bfloat16(1.0F + 0x1p-7F)));
  device::Buffer receive = poisoned(8);
  transport.reduce_scatter(stream, send.bytes(), receive.bytes(), Element::bfloat16, 4);
  const float exact = static_cast<float>(world.size()) * (1.0F + 0x1p-7F);
  for (const BFloat16 sum : downloaded<BFloat16>(receive)) {
    EXPECT_NEAR(to_float(sum), exact, exact * 0x1p-7F);
  }
}

TEST_F(TransportOnDevice, SumsIntoTheFirstBlockInPlace) {
  std::vector<float> mine(3 * ranks());
  for (std::size_t i = 0; i < mine.size(); ++i) {
    const std::size_t block = i / 3;
    mine[i] = static_cast<float>(block);
  }
  device::Buffer blocks = uploaded(mine);
  transport.reduce_scatter(stream, blocks.bytes(), blocks.bytes(), Element::float32, 3);
  const auto sums = downloaded<float>(blocks);
  const auto expected = static_cast<float>(world.size() * rank());
  EXPECT_EQ(std::vector<float>(sums.begin(), sums.begin() + 3), std::vector<float>(3, expected));
}

TEST_F(TransportOnDevice, ReducesInPlace) {
  device::Buffer largest = uploaded(std::vector<std::int32_t>{rank(), -rank()});
  transport.all_reduce(stream, largest.bytes(), largest.bytes(), Element::int32, Reduction::max, 2,
                       Cargo::metadata);
  EXPECT_EQ(downloaded<std::int32_t>(largest), (std::vector<std::int32_t>{world.size() - 1, 0}));
}

// Parts outlive nothing: they go before the whole, and the whole works on.
TEST_F(TransportOnDevice, PartsGatherAmongThemselves) {
  device::Buffer mine = uploaded(std::vector<std::int32_t>{rank()});
  {
    const Transport part_of_parity = transport.split(rank() % 2, rank());
    Transport part = part_of_parity.share();
    device::Buffer all = poisoned(4 * static_cast<std::size_t>(part.size()));
    part.all_gather(stream, mine.bytes(), all.bytes(), 4, 1, Cargo::metadata);
    const auto members = downloaded<std::int32_t>(all);
    for (std::size_t i = 0; i < members.size(); ++i) {
      EXPECT_EQ(members[i], rank() % 2 + 2 * static_cast<int>(i));
    }
  }
  device::Buffer all = poisoned(4 * ranks());
  transport.all_gather(stream, mine.bytes(), all.bytes(), 4, 1, Cargo::metadata);
  EXPECT_EQ(downloaded<std::int32_t>(all).back(), world.size() - 1);
}

TEST_F(TransportOnDevice, NothingMovesNothing) {
  transport.all_to_all(stream, {}, {}, 4, 0, Cargo::payload);
  transport.all_gather(stream, {}, {}, 4, 0, Cargo::payload);
  transport.reduce_scatter(stream, {}, {}, Element::float32, 0);
  transport.all_reduce(stream, {}, {}, Element::float32, Reduction::sum, 0, Cargo::payload);
  transport.transfer(stream, {}, {}, {}, {}, 4, Cargo::payload);
  stream.synchronize();
  EXPECT_EQ(transport.counter().total().sent.network(), 0);
}

TEST_F(TransportOnDevice, RawReferenceRuns) {
  RawReference raw(world, std::vector<std::size_t>(ranks(), static_cast<std::size_t>(rank())), [&] {
    std::vector<std::size_t> from(ranks());
    std::iota(from.begin(), from.end(), std::size_t{0});
    return from;
  }());
  raw.rewrite_send_buffer(stream);
  raw.run(stream);
  EXPECT_NO_THROW(stream.synchronize());
}

}  // namespace
}  // namespace moemark::comm
