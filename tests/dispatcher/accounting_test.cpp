// Every dispatcher, over routings and topologies: bit-exact, and the bytes that its formula
// declares are the bytes that the transport was handed, on every rank and in both directions.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "model/errors.hpp"
#include "tests/dispatcher/expect_exact.hpp"

namespace moemark::dispatcher {
namespace {

using comm::Communicator;

void expect_declared_is_counted(const Communicator& world, const Workload& work) {
  RoutedGroup group(world, work);
  for (const DispatcherEntry& entry : dispatchers()) {
    SCOPED_TRACE(testing::Message()
                 << entry.name << " routing " << work.routing << " E " << work.experts << " k "
                 << work.topk << " ep " << group.groups.ep << " G " << work.ranks_per_node);
    expect_exact(entry, group, world.rank());
  }
}

class Accounting : public testing::TestWithParam<const char*> {};

TEST_P(Accounting, OverTopologies) {
  const auto world = Communicator::world();
  for (int per_node = 1; per_node <= world.size(); per_node *= 2) {
    expect_declared_is_counted(world, {.routing = GetParam(), .ranks_per_node = per_node});
  }
}

TEST_P(Accounting, UnevenExpertsAndWideTopk) {
  const auto world = Communicator::world();
  expect_declared_is_counted(world, {.routing = GetParam(), .experts = 13, .topk = 5});
  expect_declared_is_counted(world, {.routing = GetParam(), .experts = 3, .topk = 3});
}

TEST_P(Accounting, GroupsSmallerThanTheJob) {
  const auto world = Communicator::world();
  if (world.size() % 2 != 0) GTEST_SKIP() << "needs an even number of ranks";
  expect_declared_is_counted(world, {.routing = GetParam(), .ep = 2});
  expect_declared_is_counted(world, {.routing = GetParam(), .ep = world.size() / 2});
}

INSTANTIATE_TEST_SUITE_P(Routings, Accounting,
                         testing::Values("uniform", "balanced", "lognormal:0.75", "zipf:1",
                                         "hot:1/0.5", "hot:1/1", "hotrank", "hotnode", "own",
                                         "masked", "masked:0.3", "masked:1", "one", "idle"));

// What these route depends on the ranks of a group, and so does what they can route at all.
TEST(SkewsOfPlaces, OverTopologiesAndGroups) {
  const auto world = Communicator::world();
  for (int ep = 1; ep <= world.size(); ++ep) {
    if (world.size() % ep != 0) continue;
    for (const double load : {0.5, 1.0, 0.5 * (1 + ep), 1.0 * ep}) {
      expect_declared_is_counted(
          world, {.routing = fmt::format("hotrank:{}", load), .experts = 13, .topk = 2, .ep = ep});
    }
    expect_declared_is_counted(world,
                               {.routing = "local", .experts = 3 * ep + 1, .topk = 3, .ep = ep});
  }
}

TEST(SkewsOfPlaces, LocalTokensLeaveNoRank) {
  const auto world = Communicator::world();
  const RoutedGroup group(world, {.routing = "local", .experts = 2 * world.size()});
  const auto& alltoallv = find_dispatcher("alltoallv");
  const auto moved = alltoallv.declare(group.traffic, group.groups, world.rank(),
                                       Direction::dispatch, group.work.format.row_bytes(), {});
  EXPECT_EQ(moved.sent.network(), 0);
  EXPECT_EQ(moved.received.network(), 0);
  EXPECT_EQ(moved.messages, 0);
  EXPECT_GT(moved.sent.self, 0);
}

TEST(RaggedRanks, SomeWithoutTokens) {
  const auto world = Communicator::world();
  for (const char* routing : {"uniform", "balanced", "masked:0.3", "hot:1/1"}) {
    for (const double spread : {0.3, 1.0}) {
      expect_declared_is_counted(world,
                                 {.routing = routing, .tokens = 20, .tokens_spread = spread});
      expect_declared_is_counted(world, {.routing = routing, .tokens = 1, .tokens_spread = spread});
    }
  }
}

// What each strategy has of schedules and ways to exchange counts; the others are refused.
TEST(Exchanges, EveryScheduleAndWayOfCounting) {
  using Schedule = Exchange::Schedule;
  const auto world = Communicator::world();
  for (const char* routing : {"lognormal:0.75", "hot:1/1", "idle"}) {
    RoutedGroup group(world, {.routing = routing, .experts = 13, .topk = 3, .ranks_per_node = 2});
    for (const Schedule schedule :
         {Schedule::library, Schedule::pairwise, Schedule::window, Schedule::per_expert}) {
      for (const auto counts : {Exchange::Counts::alltoall, Exchange::Counts::allgather}) {
        const Exchange exchange{schedule, schedule == Schedule::window ? 2 : 0, counts};
        for (const DispatcherEntry& entry : dispatchers()) {
          SCOPED_TRACE(testing::Message()
                       << entry.name << " routing " << routing << " schedule "
                       << schedule_name(exchange) << " counts " << counts_name(exchange));
          expect_exact(entry, group, world.rank(), exchange);
        }
      }
    }
  }
}

TEST(Exchanges, WhatAStrategyLacksIsRefusedInWords) {
  const Exchange per_expert{.schedule = Exchange::Schedule::per_expert};
  const Exchange window{.schedule = Exchange::Schedule::window, .window = 3};
  const Exchange gathered{.counts = Exchange::Counts::allgather};
  const auto reason = [](std::string_view name, const Exchange& exchange) {
    return find_dispatcher(name).exchanges.obstacle(exchange).value_or("has it");
  };
  EXPECT_EQ(reason("alltoallv", per_expert), "has it");
  EXPECT_EQ(reason("alltoallv_dedup", per_expert), "has no schedule per_expert");
  EXPECT_EQ(reason("allgather_reducescatter", window), "has no schedule window:3");
  EXPECT_EQ(reason("symmetric_push", gathered), "does not exchange counts by allgather");
}

TEST(Formats, EveryPairOfElementTypes) {
  const auto world = Communicator::world();
  for (const DType dtype : {DType::fp32, DType::bf16, DType::fp8}) {
    for (const DType combine : {DType::fp32, DType::bf16}) {
      // 33 columns: rows that are no multiple of a vector, and an odd number of bf16.
      expect_declared_is_counted(world, {.format = {33, dtype, combine}});
      expect_declared_is_counted(world, {.format = {200, dtype, combine}});
    }
  }
}

TEST(Extremes, NoTokensOneTokenAndEveryExpert) {
  const auto world = Communicator::world();
  expect_declared_is_counted(world, {.tokens = 0});
  expect_declared_is_counted(world, {.tokens = 1});
  expect_declared_is_counted(world, {.experts = 16, .topk = 16});
  expect_declared_is_counted(world, {.experts = 1, .topk = 1});
  expect_declared_is_counted(world, {.format = {1, DType::bf16, DType::bf16}});
}

TEST(Table, UnknownNameIsRefusedWithTheNamesThatExist) {
  EXPECT_THROW(
      {
        try {
          find_dispatcher("allotallv");
        } catch (const UsageError& error) {
          EXPECT_STREQ(error.what(),
                       "--dispatcher: 'allotallv' is not known; allowed: all, alltoallv, "
                       "alltoallv_dedup, hierarchical, alltoall_padded, allgather_reducescatter, "
                       "hierarchical_allgather, symmetric_push");
          throw;
        }
      },
      UsageError);
}

}  // namespace
}  // namespace moemark::dispatcher
