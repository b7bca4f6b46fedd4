// The FFN on several threads: the bits of one thread, whatever the cuts; and the team itself.
#include "kernels/expert_team.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include "kernel_test.hpp"

namespace moemark::kernels::test {
namespace {

using Offsets = std::vector<std::int32_t>;

TEST(ThreadTeam, EveryMemberWorksOnceACall) {
  for (const int size : {1, 2, 5}) {
    ThreadTeam team(size);
    EXPECT_EQ(team.size(), size);
    std::vector<int> calls(static_cast<std::size_t>(size), 0);  // a member writes its own only
    for (int round = 0; round < 200; ++round) {
      team.run([&](int member) { ++calls[static_cast<std::size_t>(member)]; });
      ASSERT_EQ(calls, std::vector<int>(static_cast<std::size_t>(size), round + 1));
    }
  }
}

TEST(ThreadTeam, EndsFromSleep) {
  ThreadTeam team(3);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::atomic<int> sum = 0;
  team.run([&](int member) { sum += member; });
  EXPECT_EQ(sum, 3);
}

TEST(TeamParts, CutLargeExpertsAndKeepSmallOnes) {
  EXPECT_EQ(team_parts(Offsets{0, 100}, 2), (Offsets{0, 50, 100}));
  EXPECT_EQ(team_parts(Offsets{0, 1, 2, 3, 4}, 2), (Offsets{0, 2, 4}));
  EXPECT_EQ(team_parts(Offsets{0, 4, 8, 12}, 2), (Offsets{0, 8, 12}));  // one of three, two
  EXPECT_EQ(team_parts(Offsets{0, 0, 0}, 3), (Offsets{0, 0, 0, 0}));
  EXPECT_EQ(team_parts(Offsets{0, 3}, 4).back(), 3);
}

TEST(TeamParts, AreInOrderAndNearlyEqual) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 300; ++trial) {
    Offsets offsets = {0};
    const auto experts = std::uniform_int_distribution<int>(1, 40)(random);
    for (int e = 0; e < experts; ++e) {
      offsets.push_back(offsets.back() + std::uniform_int_distribution<int>(0, 300)(random));
    }
    for (const int members : {1, 2, 3, 8}) {
      const Offsets parts = team_parts(offsets, members);
      ASSERT_EQ(parts.size(), static_cast<std::size_t>(members) + 1);
      ASSERT_TRUE(std::ranges::is_sorted(parts));
      ASSERT_EQ(parts.front(), 0);
      ASSERT_EQ(parts.back(), offsets.back());
      std::int32_t most = 0;
      for (std::size_t m = 0; m + 1 < parts.size(); ++m) {
        most = std::max(most, parts[m + 1] - parts[m]);
      }
      // A small expert at each end, and what the weights of small experts weigh.
      EXPECT_LE(most, offsets.back() / members + 2 * 32 + 8 * experts);
    }
  }
}

class ExpertTeam : public KernelTest {};

TEST_P(ExpertTeam, HasTheBitsOfOneThread) {
  const Offsets offsets = {0, 1, 1, 77, 80, 280};
  const ExpertShape shape{5, 40, 24, DType::bf16};
  const auto matrix = std::size_t{5} * 40 * 24;
  const auto gate = normal_values(matrix, 0.2F);
  const auto up = normal_values(matrix, 0.2F);
  const auto down = normal_values(matrix, 0.2F);
  const PackedExperts packed(stream_, shape, {gate, up, down});
  const auto x = encode(normal_values(std::size_t{280} * 40), DType::bf16);
  std::vector<std::byte> expected(x.size());
  std::vector<std::byte> workspace(expert_ffn_workspace_bytes(shape, 280));
  expert_ffn(stream_, packed, {DType::bf16, 40, x}, offsets, workspace,
             {DType::bf16, 40, expected});
  for (const int threads : {1, 2, 3, 7}) {
    ThreadTeam team(threads);
    std::vector<std::byte> y(x.size());
    std::vector<std::byte> space(workspace.size() * static_cast<std::size_t>(threads));
    expert_ffn_team(team, packed, {DType::bf16, 40, x}, offsets, space, {DType::bf16, 40, y});
    EXPECT_EQ(y, expected) << threads;
    space.pop_back();
    EXPECT_THROW(
        expert_ffn_team(team, packed, {DType::bf16, 40, x}, offsets, space, {DType::bf16, 40, y}),
        std::invalid_argument);
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, ExpertTeam, testing::ValuesIn(runnable_instruction_sets()),
                         test_name);

}  // namespace
}  // namespace moemark::kernels::test
