// Lists of experts a row: small tables worked out by hand, and the way there and back.
#include "kernels/token_lists.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "kernels/permutation.hpp"

namespace moemark::kernels {
namespace {

using Ints = std::vector<std::int32_t>;

// Four experts on two peers.
const Ints peers = {0, 0, 1, 1};

TEST(FirstOfPeer, NamesAPeerOnceATokenAndSkipsNone) {
  const Ints ids = {2,  0, 3, 1,  //
                    -1, 1, 0, -1};
  Ints keys(ids.size(), 99);
  device::Stream stream;
  first_of_peer(stream, ids, 4, peers, keys);
  EXPECT_EQ(keys, (Ints{1, 0, -1, -1, -1, 0, -1, -1}));
}

TEST(Lists, HoldTheIdsOfTheRowsPeerInTheirPlaces) {
  const Ints ids = {2, 0,  3,  //
                    1, -1, 0};
  const std::vector<float> weights = {0.1F, 0.2F, 0.3F, 0.4F, 0.5F, 0.6F};
  // Rows sorted by peer: token 0 to peer 0, token 1 to peer 0, token 0 to peer 1.
  const Ints assign_to_row = {2, 0, -1, 1, -1, -1};
  std::vector<std::byte> lists(18 * sizeof(float));
  Ints got_ids(9, 99);
  std::vector<float> got_weights(9, 99.0F);
  device::Stream stream;
  pack_lists(stream, ids, weights, 3, peers, assign_to_row, lists);
  unpack_lists(stream, lists, 3, got_ids, got_weights);
  EXPECT_EQ(got_ids, (Ints{-1, 0, -1, 1, -1, 0, 2, -1, 3}));
  EXPECT_EQ(got_weights,
            (std::vector<float>{0.0F, 0.2F, 0.0F, 0.4F, 0.0F, 0.6F, 0.1F, 0.0F, 0.3F}));
}

TEST(Lists, OfNoTokensAreNone) {
  device::Stream stream;
  first_of_peer(stream, {}, 2, peers, {});
  pack_lists(stream, {}, {}, 2, peers, {}, {});
  unpack_lists(stream, {}, 2, {}, {});
}

}  // namespace
}  // namespace moemark::kernels
