// The oracle catches a dispatcher that goes wrong: rows swapped, dropped or duplicated, a weight
// forgotten, a combine that does nothing.
#include "dispatcher/oracle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "tests/dispatcher/routed_group.hpp"

namespace moemark::dispatcher {
namespace {

enum class Fault : std::uint8_t {
  none,
  swaps_rows,
  drops_row,
  duplicates_row,
  shifts_rows,  // every row one place too far: a wrong offset
  loses_copy,   // one token's copy to one expert
  forgets_weight,
  weighs_twice,
  skips_combine
};

// Runs another dispatcher and spoils what it delivered.
class Corrupted final : public Dispatcher {
 public:
  Corrupted(std::unique_ptr<Dispatcher> inner, Fault fault)
      : inner_(std::move(inner)), fault_(fault) {}

  void prepare(const Sizes& sizes, const TokenBatch& batch) override {
    TokenBatch given = batch;
    weights_.assign(batch.topk_weights.begin(), batch.topk_weights.end());
    ids_.assign(batch.topk_ids.begin(), batch.topk_ids.end());
    given.topk_weights = weights_;
    given.topk_ids = ids_;
    if (!ids_.empty()) {
      if (fault_ == Fault::forgets_weight) weights_[first_used(batch)] = 0.0F;
      if (fault_ == Fault::weighs_twice) {
        for (float& weight : weights_) weight *= weight;
      }
      if (fault_ == Fault::loses_copy) ids_[first_used(batch)] = -1;
    }
    inner_->prepare(sizes, given);
    const auto copy = [](std::span<const Step> steps) {
      return std::vector<Step>(steps.begin(), steps.end());
    };
    const auto spoiled = [this, copy](std::span<const Step> steps) {
      std::vector<Step> all = copy(steps);
      all.push_back({"spoil", StepKind::rows, [this](device::Stream&) { spoil(); }});
      return all;
    };
    auto combine = copy(inner_->combine());
    if (fault_ == Fault::skips_combine) combine.pop_back();
    set_steps(spoiled(inner_->dispatch()), spoiled(inner_->dispatch_cached()), std::move(combine));
  }
  ExpertBatch expert_batch() override { return inner_->expert_batch(); }
  std::vector<std::span<std::byte>> receive_buffers() override { return inner_->receive_buffers(); }
  std::vector<int> source_order() const override { return inner_->source_order(); }
  std::size_t allocated_bytes() const override { return inner_->allocated_bytes(); }

 private:
  static std::size_t first_used(const TokenBatch& batch) {
    const auto used = std::ranges::find_if(batch.topk_ids, [](auto id) { return id >= 0; });
    return static_cast<std::size_t>(used - batch.topk_ids.begin());
  }
  void spoil() {
    const ExpertBatch batch = inner_->expert_batch();
    const std::size_t bytes = batch.rows.row_bytes();
    if (batch.rows.count() < 2) return;
    auto* first = const_cast<std::byte*>(batch.rows.data.data());
    auto* last = first + (batch.rows.count() - 1) * bytes;
    if (fault_ == Fault::swaps_rows) std::swap_ranges(first, first + bytes, last);
    if (fault_ == Fault::drops_row) std::memset(last, 0xff, bytes);
    if (fault_ == Fault::shifts_rows) std::rotate(first, last, last + bytes);
    if (fault_ == Fault::duplicates_row) std::memcpy(last, first, bytes);
  }

  std::unique_ptr<Dispatcher> inner_;
  Fault fault_;
  std::vector<float> weights_;
  std::vector<std::int32_t> ids_;
};

// How many ranks of the job find something wrong.
int ranks_that_object(const comm::Communicator& world, const DispatcherEntry& entry, Fault fault,
                      std::string& objection) {
  RoutedGroup group(world, {.routing = "lognormal:0.75"});
  Corrupted dispatcher(entry.make(group.transport), fault);
  dispatcher.prepare(group.sizes, group.batch);
  const auto failure = group.oracle->check(dispatcher, group.batch, group.stream);
  objection = world.first_failure(failure).value_or("");
  const auto all = world.all_gather_value(failure ? 1 : 0);
  return static_cast<int>(std::ranges::count(all, 1));
}

class Oracles : public testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    if (obstacle(entry(), RoutedGroup(world, {}).groups)) {
      GTEST_SKIP() << "does not apply to these nodes";
    }
  }
  static const DispatcherEntry& entry() { return find_dispatcher(GetParam()); }
  comm::Communicator world = comm::Communicator::world();
  std::string objection;
};

TEST_P(Oracles, AcceptsWhatIsRight) {
  EXPECT_EQ(ranks_that_object(world, entry(), Fault::none, objection), 0) << objection;
}
TEST_P(Oracles, CatchesSwappedRows) {
  EXPECT_GT(ranks_that_object(world, entry(), Fault::swaps_rows, objection), 0);
  EXPECT_NE(objection.find("row 0 holds the row of rank"), std::string::npos) << objection;
}
TEST_P(Oracles, CatchesADroppedRow) {
  EXPECT_GT(ranks_that_object(world, entry(), Fault::drops_row, objection), 0);
  EXPECT_NE(objection.find("nobody's"), std::string::npos) << objection;
}
TEST_P(Oracles, CatchesADuplicatedRow) {
  EXPECT_GT(ranks_that_object(world, entry(), Fault::duplicates_row, objection), 0);
}
TEST_P(Oracles, CatchesAForgottenWeight) {
  EXPECT_GT(ranks_that_object(world, entry(), Fault::forgets_weight, objection), 0);
  EXPECT_NE(objection.find("combine"), std::string::npos) << objection;
}
TEST_P(Oracles, CatchesAWrongOffset) {
  EXPECT_GT(ranks_that_object(world, entry(), Fault::shifts_rows, objection), 0);
}
TEST_P(Oracles, CatchesALostCopy) {
  EXPECT_GT(ranks_that_object(world, entry(), Fault::loses_copy, objection), 0);
  EXPECT_NE(objection.find("rows of expert"), std::string::npos) << objection;
}
TEST_P(Oracles, CatchesWeightsAppliedTwice) {
  EXPECT_GT(ranks_that_object(world, entry(), Fault::weighs_twice, objection), 0);
  EXPECT_NE(objection.find("combine"), std::string::npos) << objection;
}
TEST_P(Oracles, CatchesACombineThatStopsEarly) {
  EXPECT_GT(ranks_that_object(world, entry(), Fault::skips_combine, objection), 0);
}

INSTANTIATE_TEST_SUITE_P(Dispatchers, Oracles,
                         testing::Values("alltoallv", "alltoallv_dedup", "hierarchical",
                                         "alltoall_padded", "allgather_reducescatter",
                                         "hierarchical_allgather", "symmetric_push"));

TEST(Oracle, SameResultOnEveryRankCountForTheSameTokens) {
  // The hash of one rank's own tokens must not depend on who else takes part: known answer of
  // rank 0, 40 tokens, E 8, k 2, uniform, seed 7, 32 columns of bf16.
  const auto world = comm::Communicator::world();
  RoutedGroup group(world, {});
  if (world.rank() == 0) {
    EXPECT_EQ(group.oracle->result_hash(fnv1a_start), 0x1e7c1385470c89f8U);
  }
}

}  // namespace
}  // namespace moemark::dispatcher
