// The lattice's table, the words it is made of, and the fingerprint.
#include "routing/lattice.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <tuple>
#include <vector>

#include "routing/philox.hpp"

namespace moemark {
namespace {

constexpr std::size_t fingerprint = 12;

std::vector<float> row_of(const Lattice& lattice, std::uint32_t rank, std::uint32_t token,
                          std::size_t hidden) {
  std::vector<float> row(hidden, -9.0F);
  lattice_row(lattice, 1, 0, rank, token, row);
  return row;
}

TEST(Lattice, IsTheLargestThatStaysExact) {
  using Shape = std::tuple<int, int, int>;
  const auto shape = [](int topk) -> Shape {
    const auto lattice = lattice_for(topk).value_or(Lattice{0, 0, 0});
    return {lattice.m, lattice.f, lattice.w_quarters};
  };
  EXPECT_EQ(shape(1), Shape(3, 2, 4));
  EXPECT_EQ(shape(10), Shape(3, 2, 4));
  EXPECT_EQ(shape(11), Shape(1, 2, 4));
  EXPECT_EQ(shape(32), Shape(1, 2, 4));
  EXPECT_EQ(shape(33), Shape(1, 1, 2));
  EXPECT_EQ(shape(128), Shape(1, 1, 2));
  EXPECT_EQ(shape(129), Shape(1, 1, 1));
  EXPECT_EQ(shape(256), Shape(1, 1, 1));
  EXPECT_FALSE(lattice_for(257));
}

TEST(Lattice, RowsAndWeightsComeFromTheirStreams) {
  const Lattice lattice{1, 2, 4};
  std::vector<float> row(700);
  lattice_row(lattice, 9, 2, 3, 4, row);
  RandomWords payload(9, RandomStream::payload, 2, 3, 4);
  for (std::uint32_t i = fingerprint; i < row.size(); ++i) {
    EXPECT_EQ(row[i], static_cast<float>(payload.bounded(i, 3)) - 1.0F) << i;
  }
  std::vector<float> weights(22);
  lattice_weights(lattice, 9, 2, 3, 4, weights);
  RandomWords stream(9, RandomStream::weights, 2, 3, 4);
  for (std::uint32_t j = 0; j < weights.size(); ++j) {
    EXPECT_EQ(weights[j], 0.25F * static_cast<float>(1 + stream.bounded(j, 4))) << j;
  }
}

TEST(Lattice, ValuesCoverTheirRange) {
  const auto row = row_of({3, 2, 4}, 0, 0, 4096);
  EXPECT_EQ(std::set<float>(row.begin(), row.end()), (std::set<float>{-3, -2, -1, 0, 1, 2, 3}));
  EXPECT_EQ(lattice_expert_factor({3, 2, 4}, 6), 1.0F);
  EXPECT_EQ(lattice_expert_factor({3, 2, 4}, 7), 2.0F);
  EXPECT_EQ(lattice_expert_factor({1, 1, 2}, 7), 1.0F);
}

TEST(Fingerprint, IsLowDigitsFirst) {
  const auto row = row_of({3, 2, 4}, 7 + 5, 49 * 6 + 1, 64);
  const std::vector<float> expected{2, -2, -3, -3, -2, -3, 3, -3, -3, -3, -3, -3};
  EXPECT_EQ(std::vector<float>(row.begin(), row.begin() + fingerprint), expected);
}

TEST(Fingerprint, DecodesToWhereTheRowCameFrom) {
  for (const std::uint32_t rank : {0U, 1U, 6U, 7U, 1023U, 2400U}) {
    for (const std::uint32_t token : {0U, 8U, 4095U, 1000000U, 5764800U}) {
      EXPECT_EQ(decode_fingerprint(row_of({3, 2, 4}, rank, token, 64)), (Fingerprint{rank, token}));
    }
  }
}

TEST(Fingerprint, ANarrowRowCarriesTheLowDigits) {
  EXPECT_EQ(fingerprint_columns(64), 12);
  EXPECT_EQ(fingerprint_columns(5), 5);
  EXPECT_EQ(decode_fingerprint(row_of({3, 2, 4}, 100, 50, 5)), (Fingerprint{100, 50 % 7}));
  EXPECT_EQ(decode_fingerprint(row_of({3, 2, 4}, 100, 50, 2)), (Fingerprint{100 % 49, 0}));
}

TEST(Fingerprint, CorruptionAndPoisonAreNoFingerprint) {
  for (const float wrong : {4.0F, -4.0F, 0.5F, 1e30F, std::numeric_limits<float>::quiet_NaN(),
                            -std::numeric_limits<float>::infinity()}) {
    for (const std::size_t column : {0U, 3U, 4U, 11U}) {
      auto row = row_of({3, 2, 4}, 5, 6, 64);
      row[column] = wrong;
      EXPECT_FALSE(decode_fingerprint(row)) << wrong << " in column " << column;
    }
  }
}

}  // namespace
}  // namespace moemark
