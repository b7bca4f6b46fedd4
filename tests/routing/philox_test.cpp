// Known answers of Philox4x32-10 and the numbering of words.
#include "routing/philox.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace moemark {
namespace {

TEST(Philox, KnownAnswers) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (PhiloxBlock{0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U}));
  EXPECT_EQ(philox4x32({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}),
            (PhiloxBlock{0x408f276dU, 0x41c83b0eU, 0xa20bc7c6U, 0x6d5451fdU}));
  EXPECT_EQ(
      philox4x32({0x243f6a88U, 0x85a308d3U, 0x13198a2eU, 0x03707344U}, {0xa4093822U, 0x299f31d0U}),
      (PhiloxBlock{0xd16cfe09U, 0x94fdccebU, 0x5001e420U, 0x24126ea1U}));
}

TEST(RandomWords, WordsAreNumberedAlongTheBlocks) {
  const std::uint64_t seed = 0x1234567890abcdefULL;
  RandomWords words(seed, RandomStream::skew, 5, 3, 9);
  for (const std::uint32_t index : {0U, 1U, 3U, 4U, 17U, 2U, 1000003U}) {
    const auto block = philox4x32({index / 4, 9, 3, (8U << 24U) + 5}, {0x90abcdefU, 0x12345678U});
    EXPECT_EQ(words.word(index), block[index % 4]) << index;
  }
}

TEST(RandomWords, FillGivesTheSameWords) {
  RandomWords words(42, RandomStream::payload, 1, 2, 3);
  for (const std::size_t size : {0U, 1U, 4U, 31U, 32U, 33U, 257U}) {
    for (const std::uint32_t first : {0U, 4U, 256U}) {
      std::vector<std::uint32_t> out(size);
      words.fill(out, first);
      for (std::uint32_t i = 0; i < size; ++i) EXPECT_EQ(out[i], words.word(first + i));
    }
  }
}

TEST(RandomWords, BoundedTakesTheHighBits) {
  EXPECT_EQ(scaled_word(0, 7), 0U);
  EXPECT_EQ(scaled_word(~0U, 7), 6U);
  EXPECT_EQ(scaled_word(1U << 31U, 7), 3U);
  RandomWords words(1, RandomStream::weights, 0, 0, 0);
  for (std::uint32_t i = 0; i < 100; ++i) {
    EXPECT_EQ(words.bounded(i, 1U << 16U), words.word(i) >> 16U);
  }
}

}  // namespace
}  // namespace moemark
