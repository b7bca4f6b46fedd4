// main of every MPI test: all ranks run the same tests, one failure anywhere fails the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "comm/communicator.hpp"

int main(int argc, char** argv) {
  const moemark::comm::Session session(&argc, &argv);
  const auto world = moemark::comm::Communicator::world();
  testing::InitGoogleMock(&argc, argv);
  if (world.rank() != 0) {
    // Only failures of other ranks are worth a line; their number is in the exit code.
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    class FailuresOnly : public testing::EmptyTestEventListener {
      void OnTestPartResult(const testing::TestPartResult& result) override {
        if (result.failed()) fprintf(stderr, "%s\n", result.message());
      }
    };
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new FailuresOnly);
  }
  const auto results = world.all_gather_value(RUN_ALL_TESTS());
  return *std::max_element(results.begin(), results.end());
}
