// The counting sort: stable, complete, and aware of masked keys.
#include "traffic/dispatch_plan.hpp"

#include <gtest/gtest.h>

#include "model/errors.hpp"

namespace moemark {
namespace {

using Ints = std::vector<std::int32_t>;

TEST(DispatchPlan, SortsStablyAndLeavesMaskedKeysOut) {
  const Ints keys{2, 0, -1, 2, 0, 3, -1};
  const auto plan = make_dispatch_plan(keys, 5);
  EXPECT_EQ(plan.counts, (Ints{2, 0, 2, 1, 0}));
  EXPECT_EQ(plan.offsets, (Ints{0, 2, 2, 4, 5, 5}));
  EXPECT_EQ(plan.pos_to_assign, (Ints{1, 4, 0, 3, 5}));
  EXPECT_EQ(plan.assign_to_pos, (Ints{2, 0, -1, 3, 1, 4, -1}));
}

TEST(DispatchPlan, EmptyInputs) {
  const auto nothing = make_dispatch_plan({}, 3);
  EXPECT_EQ(nothing.offsets, (Ints{0, 0, 0, 0}));
  EXPECT_TRUE(nothing.pos_to_assign.empty());
  const auto masked = make_dispatch_plan(Ints{-1, -1}, 1);
  EXPECT_EQ(masked.counts, Ints{0});
  EXPECT_EQ(masked.assign_to_pos, (Ints{-1, -1}));
  EXPECT_EQ(make_dispatch_plan({}, 0).offsets, Ints{0});
}

TEST(DispatchPlan, AKeyOutsideTheBinsIsAWrongResult) {
  EXPECT_THROW(make_dispatch_plan(Ints{0, 3}, 3), WrongResult);
  EXPECT_THROW(make_dispatch_plan(Ints{-2}, 3), WrongResult);
}

}  // namespace
}  // namespace moemark
