// Every strategy in two halves: with its transfer under way and waited for later, the rows are the
// same.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/dispatcher/routed_group.hpp"

namespace moemark::dispatcher {
namespace {

// Another dispatcher, whose operations are a step that begins and one that finishes.
class Halved final : public Dispatcher {
 public:
  explicit Halved(std::unique_ptr<Dispatcher> inner) : inner_(std::move(inner)) {}

  void prepare(const Sizes& sizes, const TokenBatch& batch) override {
    inner_->prepare(sizes, batch);
    set_steps(halves(inner_->dispatch()), halves(inner_->dispatch_cached()),
              halves(inner_->combine()));
  }
  ExpertBatch expert_batch() override { return inner_->expert_batch(); }
  std::vector<int> source_order() const override { return inner_->source_order(); }
  int combine_roundings() const override { return inner_->combine_roundings(); }
  std::vector<std::span<std::byte>> receive_buffers() override { return inner_->receive_buffers(); }
  std::size_t allocated_bytes() const override { return inner_->allocated_bytes(); }

 private:
  static std::vector<Step> halves(std::span<const Step> steps) {
    return {
        {"begin", StepKind::rows, [steps](device::Stream& stream) { begin_steps(steps, stream); }},
        {"finish", StepKind::rows,
         [steps](device::Stream& stream) { finish_steps(steps, stream); }},
    };
  }

  std::unique_ptr<Dispatcher> inner_;
};

void expect_same_rows(RoutedGroup& group, const DispatcherEntry& entry, const Exchange& exchange) {
  Sizes sizes = group.sizes;
  sizes.exchange = exchange;
  Halved halved(make_dispatcher(entry, group.transport, sizes));
  halved.prepare(sizes, group.batch);
  // Twice: nothing of the first stays under way.
  for (int pass = 0; pass < 2; ++pass) {
    const auto difference = group.oracle->check(halved, group.batch, group.stream);
    EXPECT_FALSE(difference) << entry.name << ": " << *difference;
  }
}

TEST(SplitSteps, BringTheSameRows) {
  const auto world = comm::Communicator::world();
  for (const DType dtype : {DType::bf16, DType::fp8}) {
    RoutedGroup group(world, {.routing = "lognormal:0.75", .format = {32, dtype, DType::bf16}});
    for (const DispatcherEntry& entry : dispatchers()) {
      for (const Exchange& exchange :
           {Exchange{}, Exchange{.schedule = Exchange::Schedule::window, .window = 2},
            Exchange{.schedule = Exchange::Schedule::per_expert}}) {
        if (!obstacle(entry, group.groups, exchange)) expect_same_rows(group, entry, exchange);
      }
    }
  }
}

TEST(SplitSteps, EveryStrategyHasATransferThatGoesOnAlone) {
  const auto world = comm::Communicator::world();
  RoutedGroup group(world, {});
  for (const DispatcherEntry& entry : dispatchers()) {
    if (obstacle(entry, group.groups)) continue;
    const auto dispatcher = make_dispatcher(entry, group.transport, group.sizes);
    dispatcher->prepare(group.sizes, group.batch);
    for (const auto steps : {dispatcher->dispatch(), dispatcher->combine()}) {
      EXPECT_TRUE(std::ranges::any_of(steps, [](const Step& step) { return bool(step.start); }))
          << entry.name;
    }
  }
}

}  // namespace
}  // namespace moemark::dispatcher
