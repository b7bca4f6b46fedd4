// Sampling over ranks: what is called how often and in which order, and whose times come out.
#include "measure/sampler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "spin.hpp"
#include "watched.hpp"

namespace moemark::measure {
namespace {

using std::chrono::microseconds;

constexpr int rounds = 33;  // one more than a batch; odd, so that a median is a sample
constexpr std::int64_t warm_up_rounds = 10;  // and multiples: until it has lasted long enough

StopSettings fixed(std::int64_t number) {
  return {.fixed_samples = number};
}

void append(std::vector<double>& all, const Measurement& one) {
  all.insert(all.end(), one.samples_us.begin(), one.samples_us.end());
  for (const auto& value : {one.summary.min_us, one.summary.median_us, one.summary.max_us,
                            one.summary.ci95_lo_us, one.summary.ci95_hi_us}) {
    all.push_back(value.value_or(-1));
  }
  all.push_back(one.time_imbalance);
  all.push_back(one.slowest_rank);
  all.push_back(one.ratio_to_reference.value_or(-1));
  all.push_back(one.delay_passed_on.value_or(-1));
}

void expect_same_on_all_ranks(const comm::Communicator& world, const GroupResult& result) {
  std::vector<double> mine = {static_cast<double>(result.involuntary_switches),
                              static_cast<double>(result.stop_reason),
                              result.aa_ratio.value_or(-1)};
  for (const Measurement& one : result.participants) append(mine, one);
  if (result.reference) append(mine, *result.reference);
  // A length of its own on each rank would be an error of the gathering below.
  const auto sizes = world.all_gather_value(mine.size());
  mine.resize(std::ranges::min(sizes));
  EXPECT_THAT(sizes, testing::Each(sizes.front()));
  const auto all = world.all_gather_values(std::span<const double>(mine));
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], mine[i % mine.size()]);
}

void expect_between(const std::vector<double>& samples, const Bounds& bounds) {
  ASSERT_EQ(samples.size(), bounds.least.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_GE(samples[i], bounds.least[i]) << "round " << i;
    EXPECT_LE(samples[i], bounds.most[i]) << "round " << i;
  }
}

// The median over rounds of above / mean of below and below_too.
double median_ratio(const std::vector<double>& above, const std::vector<double>& below,
                    const std::vector<double>& below_too) {
  std::vector<double> ratios;
  ratios.reserve(above.size());
  for (std::size_t i = 0; i < above.size(); ++i) {
    ratios.push_back(above[i] / (0.5 * (below[i] + below_too[i])));
  }
  std::ranges::sort(ratios);
  return median(ratios);
}

class SamplerTest : public testing::Test {
 protected:
  SamplerTest() : world(comm::Communicator::world()) {}
  comm::Communicator world;
  device::Stream stream;
};

TEST_F(SamplerTest, SamplesAreTheSlowestRanksTimesOfAnOperation) {
  // Another rank is the slowest of each; a thousand operations a run in the last.
  const auto busy = [&](int rank, int us) { return microseconds(world.rank() == rank ? us : 0); };
  const int last = world.size() - 1;
  Watched on_first{.least = busy(0, 300)};
  Watched on_last{.least = busy(last, 600)};
  Watched divided{.least = busy(last, 900), .operations = 1000};
  const std::vector<Participant> participants = {
      on_first.participant(world), on_last.participant(world), divided.participant(world)};
  const GroupResult result =
      Sampler(world, fixed(rounds)).measure(stream, std::nullopt, participants);

  ASSERT_EQ(result.participants.size(), 3U);
  expect_between(result.participants[0].samples_us, bounds(world, on_first, rounds));
  expect_between(result.participants[1].samples_us, bounds(world, on_last, rounds));
  expect_between(result.participants[2].samples_us, bounds(world, divided, rounds));
  EXPECT_GE(result.participants[0].summary.min_us, 300.0);
  EXPECT_GE(result.participants[1].summary.min_us, 600.0);
  EXPECT_GE(result.participants[2].summary.min_us, 0.9);
  EXPECT_EQ(result.participants[0].slowest_rank, 0);
  EXPECT_EQ(result.participants[1].slowest_rank, last);
  EXPECT_EQ(result.participants[2].slowest_rank, last);
  for (const Measurement& one : result.participants) {
    EXPECT_EQ(one.summary.n, rounds);
    EXPECT_GE(one.time_imbalance, 1.0);
    EXPECT_LE(one.time_imbalance, world.size() * (1 + 1e-12));
    EXPECT_FALSE(one.ratio_to_reference);
  }
  EXPECT_EQ(result.stop_reason, StopReason::fixed);
  EXPECT_FALSE(result.reference);
  EXPECT_FALSE(result.aa_ratio);
  EXPECT_GE(result.involuntary_switches, 0);
  expect_same_on_all_ranks(world, result);
}

TEST_F(SamplerTest, NobodyStartsBeforeAllAreReady) {
  std::vector<std::int64_t> ready;
  std::vector<std::int64_t> started;
  const std::vector<Participant> participants = {
      {[&](device::Stream&) {
         spin(microseconds(world.is_root() ? 200 : 0));
         ready.push_back(nanoseconds_now());
       },
       [&](device::Stream&) { started.push_back(nanoseconds_now()); },
       {},
       1}};
  static_cast<void>(Sampler(world, fixed(rounds)).measure(stream, std::nullopt, participants));
  for (std::size_t i = 0; i < ready.size(); ++i) {
    const auto last_ready = std::ranges::max(world.all_gather_value(ready[i]));
    EXPECT_LE(last_ready, started[i]) << "round " << i;
  }
}

TEST_F(SamplerTest, RatiosAreToTheReferenceOfTheSameRound) {
  Watched reference{.least = microseconds(200)};
  Watched other{.least = microseconds(600)};
  // The closing runs take much longer than the opening ones: no ratio is right by chance.
  Participant twice = reference.participant(world);
  twice.run = [&, run = twice.run](device::Stream& s) {
    reference.least = microseconds(reference.inside_us.size() % 2 == 0 ? 200 : 2000);
    run(s);
  };
  const std::vector<Participant> participants = {other.participant(world)};
  const GroupResult result = Sampler(world, fixed(rounds)).measure(stream, twice, participants);

  const Bounds opening = bounds(world, reference, rounds, 0, 2);
  const Bounds closing = bounds(world, reference, rounds, 1, 2);
  const Bounds between = bounds(world, other, rounds);
  ASSERT_TRUE(result.reference && result.aa_ratio);
  expect_between(result.reference->samples_us, opening);
  EXPECT_GE(*result.aa_ratio, median_ratio(closing.least, opening.most, opening.most));
  EXPECT_LE(*result.aa_ratio, median_ratio(closing.most, opening.least, opening.least));
  const auto ratio = result.participants.at(0).ratio_to_reference;
  ASSERT_TRUE(ratio);
  EXPECT_GE(*ratio, median_ratio(between.least, opening.most, closing.most));
  EXPECT_LE(*ratio, median_ratio(between.most, opening.least, closing.least));
  expect_same_on_all_ranks(world, result);
}

// A barrier, watched like any operation.
Participant waiting(const comm::Communicator& world, Watched& watched) {
  Participant participant = watched.participant(world);
  participant.run = [&](device::Stream&) {
    const auto start = SpinClock::now();
    world.barrier();
    watched.inside_us.push_back(microseconds_between(start, SpinClock::now()));
  };
  return participant;
}

// Mean over all ranks but the last of the median over rounds of above - below.
double mean_increase(const comm::Communicator& world, const std::vector<double>& above,
                     const std::vector<double>& below) {
  std::vector<double> increases(above.end() - rounds, above.end());
  std::transform(increases.begin(), increases.end(), below.end() - rounds, increases.begin(),
                 std::minus<>());
  std::ranges::sort(increases);
  const auto all = world.all_gather_value(median(increases));
  return std::accumulate(all.begin(), all.end() - 1, 0.0) / static_cast<double>(all.size() - 1);
}

TEST_F(SamplerTest, WhatALateRankPassesOnIsTheIncreaseOfTheOthersTimes) {
  constexpr double delay_us = 3000;
  Lateness late{world.size() - 1, delay_us, 1, {}};
  for (int rank = 0; rank < late.rank; ++rank) late.others.push_back(rank);
  Watched delayed{.least = {}, .operations = 4};
  Watched punctual{.least = {}, .operations = 4};
  std::vector<Participant> participants = {waiting(world, delayed), waiting(world, punctual)};
  participants[0].late = late;
  const GroupResult result =
      Sampler(world, fixed(rounds)).measure(stream, participants[0], participants);
  expect_same_on_all_ranks(world, result);
  EXPECT_FALSE(result.participants[1].delay_passed_on);
  const auto passed_on = result.participants[0].delay_passed_on;
  ASSERT_EQ(passed_on.has_value(), world.size() > 1);
  ASSERT_EQ(result.reference->delay_passed_on.has_value(), world.size() > 1);
  if (!passed_on) return;

  // The reference opens a round with the same operation and closes it: the middle one of three.
  const auto middle = [&](const std::vector<double>& calls) {
    std::vector<double> kept;
    for (std::size_t i = 1; i < calls.size(); i += 3) kept.push_back(calls[i]);
    return kept;
  };
  const auto least = mean_increase(world, middle(delayed.inside_us), punctual.around_us) / delay_us;
  const auto most = mean_increase(world, middle(delayed.around_us), punctual.inside_us) / delay_us;
  EXPECT_GE(*passed_on, least);
  EXPECT_LE(*passed_on, most);
}

TEST_F(SamplerTest, ALateRankBeginsLateAndItsOwnTimeBeginsThen) {
  constexpr double delay_us = 3000;
  const Lateness late{world.size() - 1, delay_us, 1, {}};
  std::vector<std::int64_t> ready;
  std::vector<std::int64_t> begun;
  const std::vector<Participant> participants = {
      {[&](device::Stream&) { ready.push_back(nanoseconds_now()); },
       [&](device::Stream&) { begun.push_back(nanoseconds_now()); },
       {},
       1,
       late},
      {{}, [](device::Stream&) {}, {}, 1}};
  const GroupResult result =
      Sampler(world, fixed(rounds)).measure(stream, std::nullopt, participants);
  EXPECT_LT(result.participants[0].summary.min_us, delay_us);
  for (std::size_t i = 0; i < ready.size(); ++i) {
    const auto all_ready = std::ranges::max(world.all_gather_value(ready[i]));
    if (world.rank() == late.rank) {
      EXPECT_GE(begun[i] - all_ready, std::int64_t{3'000'000}) << "round " << i;
    }
  }
}

// Every call as a letter: what runs in a round, in which order, and how many rounds there are.
TEST_F(SamplerTest, CallsInRotatingOrderBetweenTwoReferences) {
  std::string calls;
  const auto noting = [&](const std::string& letter) {
    return [&calls, letter](device::Stream&) { calls += letter; };
  };
  const Participant reference{noting("<"), noting("R"), noting(">"), 1};
  const std::vector<Participant> participants = {{noting("("), noting("A"), noting(")"), 1},
                                                 {{}, noting("B"), noting("]"), 1},
                                                 {noting("{"), noting("C"), {}, 1}};
  const GroupResult result = Sampler(world, fixed(rounds)).measure(stream, reference, participants);
  expect_same_on_all_ranks(world, result);

  const std::vector<std::string> orders = {"(A)B]{C", "{CB](A)", "B]{C(A)",
                                           "(A){CB]", "{C(A)B]", "B](A){C"};
  const auto round = [&](std::int64_t number) {
    return "<R>" + orders[static_cast<std::size_t>(number) % orders.size()] + "<R>";
  };
  const auto in_total = static_cast<std::int64_t>(calls.size() / round(0).size());
  const std::int64_t warm_up = in_total - rounds;
  EXPECT_GE(warm_up, warm_up_rounds);
  EXPECT_EQ(warm_up % warm_up_rounds, 0);
  std::string expected;
  for (std::int64_t i = 0; i < warm_up; ++i) expected += round(i % warm_up_rounds);
  for (std::int64_t i = 0; i < rounds; ++i) expected += round(i);
  EXPECT_EQ(calls, expected);
  const auto on_ranks = world.all_gather_value(calls.size());
  EXPECT_THAT(on_ranks, testing::Each(calls.size()));
}

// Each way to stop, by settings that leave no other whatever the times are.
TEST_F(SamplerTest, AllRanksStopInTheSameRoundForTheSameReason) {
  struct Stop {
    StopSettings settings;
    StopReason reason;
    std::int64_t after;
  };
  constexpr double never = 1e9;
  const std::vector<Stop> stops = {
      {{.fixed_samples = 1}, StopReason::fixed, 1},
      {{.fixed_samples = 64}, StopReason::fixed, 64},
      {{.min_samples = 1000, .max_samples = 40, .budget_seconds = never},
       StopReason::max_samples,
       40},
      {{.min_samples = 1000, .budget_seconds = 0}, StopReason::max_time, 32},
      // 33 is inside the second batch, and a batch is not cut short.
      {{.min_samples = 33, .min_seconds = 0, .relative_half_width = never, .budget_seconds = never},
       StopReason::converged,
       64}};
  for (const Stop& stop : stops) {
    std::int64_t calls = 0;
    const std::vector<Participant> participants = {{{},
                                                    [&](device::Stream&) {
                                                      ++calls;
                                                      spin(microseconds(1));
                                                    },
                                                    {},
                                                    1}};
    const GroupResult result =
        Sampler(world, stop.settings).measure(stream, std::nullopt, participants);
    EXPECT_EQ(result.stop_reason, stop.reason);
    EXPECT_EQ(result.participants.at(0).summary.n, stop.after);
    EXPECT_GE(calls, warm_up_rounds + stop.after);
    EXPECT_EQ((calls - stop.after) % warm_up_rounds, 0);
    EXPECT_THAT(world.all_gather_value(calls), testing::Each(calls));
    expect_same_on_all_ranks(world, result);
  }
}

}  // namespace
}  // namespace moemark::measure
