// Places of stored rows: counted by hand for three ranks.
#include "dispatcher/parts/push_places.hpp"

#include <gtest/gtest.h>

#include <array>

namespace moemark::dispatcher {
namespace {

void expect(const Place& place, std::size_t here, std::size_t there, std::size_t rows) {
  EXPECT_EQ(place.here, here);
  EXPECT_EQ(place.there, there);
  EXPECT_EQ(place.rows, rows);
}

TEST(PushPlaces, ArePrefixSumsOverCounts) {
  const std::array<std::int32_t, 9> counts = {1, 2, 3,   // from rank 0
                                              0, 4, 5,   // from rank 1
                                              6, 7, 8};  // from rank 2
  PushPlaces places(3, /*rank=*/1);
  places.read(counts);
  expect(places.out(0), 0, 1, 0);
  expect(places.out(1), 0, 2, 4);
  expect(places.out(2), 4, 3, 5);
  expect(places.in(0), 0, 1, 2);
  expect(places.in(1), 2, 0, 4);
  expect(places.in(2), 6, 6, 7);
  EXPECT_EQ(places.received_rows(), 13U);
}

}  // namespace
}  // namespace moemark::dispatcher
