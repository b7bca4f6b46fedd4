// Shape of the table and published values of FNV-1a.
#include "routing/routing_table.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace moemark {
namespace {

std::uint64_t hash(std::string_view text, std::uint64_t state = fnv1a_start) {
  return fnv1a(state, std::as_bytes(std::span(text.data(), text.size())));
}

TEST(RoutingTable, StartsMaskedAndIsAddressedByToken) {
  RoutingTable table(3, 2);
  EXPECT_EQ(table.topk_ids, std::vector<std::int32_t>(6, -1));
  EXPECT_EQ(table.topk_weights, std::vector<float>(6, 0.0F));
  table.ids(1)[1] = 7;
  table.weights(2)[0] = 0.5F;
  EXPECT_EQ(table.topk_ids, (std::vector<std::int32_t>{-1, -1, -1, 7, -1, -1}));
  EXPECT_EQ(table.topk_weights, (std::vector<float>{0, 0, 0, 0, 0.5F, 0}));
  EXPECT_EQ(RoutingTable().size(), 0U);
}

TEST(Fnv1a, PublishedValues) {
  EXPECT_EQ(hash(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(hash("a"), 0xaf63dc4c8601ec8cULL);
  EXPECT_EQ(hash("foobar"), 0x85944171f73967e8ULL);
}

TEST(Fnv1a, MayBeFedInPieces) {
  EXPECT_EQ(hash("bar", hash("foo")), hash("foobar"));
}

}  // namespace
}  // namespace moemark
