// Counts and offsets of 2 GiB and more, in a few megabytes of memory: rows that share their pages.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "comm/transport.hpp"
#include "model/errors.hpp"

namespace moemark::comm {
namespace {

constexpr std::size_t row_bytes = std::size_t{1} << 20U;
constexpr std::size_t many_rows = 2100;  // 2.05 GiB

// `rows` rows in address space. The first and the last have memory of their own, all between share
// that of one row.
class LongBuffer {
 public:
  explicit LongBuffer(std::size_t rows) : bytes_(rows * row_bytes) {
    const int file = memfd_create("rows", 0);
    if (file < 0 || ftruncate(file, 3 * row_bytes) != 0) throw std::bad_alloc();
    data_ = map(nullptr, bytes_, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    for (std::size_t row = 0; row < rows; ++row) {
      std::size_t place = 1;
      if (row == 0) place = 0;
      if (row + 1 == rows) place = 2;
      map(data_ + row * row_bytes, row_bytes, MAP_SHARED | MAP_FIXED, file, place * row_bytes);
    }
    close(file);
  }
  ~LongBuffer() { munmap(data_, bytes_); }
  LongBuffer(const LongBuffer&) = delete;
  LongBuffer& operator=(const LongBuffer&) = delete;

  [[nodiscard]] std::span<std::byte> bytes() const { return {data_, bytes_}; }
  void fill_row(std::size_t row, int value) const {
    std::memset(data_ + row * row_bytes, value, row_bytes);
  }
  // All bytes of a row alike.
  [[nodiscard]] bool row_is(std::size_t row, int value) const {
    const auto row_span = bytes().subspan(row * row_bytes, row_bytes);
    return std::ranges::all_of(row_span,
                               [&](std::byte b) { return std::to_integer<int>(b) == value; });
  }

 private:
  static std::byte* map(std::byte* at, std::size_t bytes, int flags, int file, std::size_t offset) {
    void* const place =
        mmap(at, bytes, PROT_READ | PROT_WRITE, flags, file, static_cast<off_t>(offset));
    if (place == MAP_FAILED) throw std::bad_alloc();
    return static_cast<std::byte*>(place);
  }

  std::size_t bytes_;
  std::byte* data_;
};

class LargeCounts : public testing::TestWithParam<Schedule> {
 protected:
  LargeCounts() { transport.prepare_rows(row_bytes); }

  [[nodiscard]] bool is_source() const { return world.rank() == 0; }
  [[nodiscard]] int last() const { return world.size() - 1; }
  [[nodiscard]] bool is_destination() const { return world.rank() == last(); }

  // From the first rank to the last: the same where there is one.
  void send(const LongBuffer& from, Segment source, const LongBuffer& to, Segment destination) {
    std::vector<Segment> sends;
    std::vector<Segment> receives;
    source.peer = last();
    if (is_source()) sends.push_back(source);
    if (is_destination()) receives.push_back(destination);
    transport.transfer(stream, from.bytes(), sends, to.bytes(), receives, row_bytes, Cargo::payload,
                       GetParam());
  }

  Communicator world = Communicator::world();
  Transport transport{world, Topology::blocks(world.size(), world.size())};
  device::Stream stream;
};

TEST_P(LargeCounts, OffsetsBeyond2GiB) {
  const LongBuffer from(many_rows);
  const LongBuffer to(many_rows + 1);
  from.fill_row(many_rows - 1, 7);
  send(from, {.first_row = many_rows - 1, .rows = 1}, to, {.first_row = many_rows, .rows = 1});
  EXPECT_TRUE(to.row_is(many_rows, is_destination() ? 7 : 0));
  EXPECT_TRUE(to.row_is(0, 0) && to.row_is(1, 0));
}

TEST_P(LargeCounts, MessagesBeyond2GiB) {
  const LongBuffer from(many_rows);
  const LongBuffer to(many_rows);
  from.fill_row(0, 5);
  from.fill_row(1, 6);  // and all between
  from.fill_row(many_rows - 1, 7);
  transport.counter().reset();
  send(from, {.rows = many_rows}, to, {.rows = many_rows});
  if (is_destination()) {
    EXPECT_TRUE(to.row_is(0, 5) && to.row_is(1, 6) && to.row_is(many_rows - 1, 7));
  }
  const auto moved = static_cast<std::int64_t>(many_rows * row_bytes);
  const BytesByLink& sent = transport.counter().total().sent;
  EXPECT_EQ(sent.self + sent.network(), is_source() ? moved : 0);
}

INSTANTIATE_TEST_SUITE_P(Schedules, LargeCounts,
                         testing::Values(Schedule::library(), Schedule::rounds(2)));

class LargeBlocks : public LargeCounts {};

TEST_P(LargeBlocks, EqualBlocksThatReachBeyond2GiBTogether) {
  const auto ranks = static_cast<std::size_t>(world.size());
  const std::size_t rows_each = (many_rows + ranks - 1) / ranks;
  const LongBuffer from(rows_each * ranks);
  const LongBuffer to(rows_each * ranks);
  for (const std::size_t row : {std::size_t{0}, std::size_t{1}, rows_each * ranks - 1}) {
    from.fill_row(row, world.rank() + 1);
  }
  transport.all_to_all(stream, from.bytes(), to.bytes(), row_bytes, rows_each, Cargo::payload);
  EXPECT_TRUE(to.row_is(0, 1));
  EXPECT_TRUE(to.row_is(rows_each * ranks - 1, world.size()));
}

INSTANTIATE_TEST_SUITE_P(Library, LargeBlocks, testing::Values(Schedule::library()));

// What no int counts ends in a sentence, before memory is touched.
TEST(LargeElements, AreRefused) {
  const auto world = Communicator::world();
  Transport transport(world, Topology::blocks(world.size(), world.size()));
  device::Stream stream;
  std::vector<std::byte> nothing(4);
  try {
    transport.all_reduce(stream, nothing, nothing, Element::float32, Reduction::sum, 1ULL << 31U,
                         Cargo::payload);
    FAIL() << "not refused";
  } catch (const CaseSkipped& skipped) {
    EXPECT_STREQ(skipped.what(), "2147483648 rows in one MPI call");
  }
}

}  // namespace
}  // namespace moemark::comm
