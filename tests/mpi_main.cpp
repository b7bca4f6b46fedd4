// main of every MPI test: all ranks run the same tests, one failure anywhere fails the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "comm/communicator.hpp"
#include "device/choice.hpp"
#include "model/errors.hpp"
#include "traffic/topology.hpp"

namespace {

// Nothing on the host. Says why and returns false where there is no device to test.
bool has_device(const moemark::comm::Communicator& world) {
  const moemark::Topology hosts(world.host_of_rank());
  try {
    moemark::device::choose_device(hosts.local_rank(world.rank()), hosts.ranks_per_node());
    return true;
  } catch (const std::runtime_error& error) {
    if (world.is_root()) fprintf(stderr, "skipped: %s\n", error.what());
    return false;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const moemark::comm::Session session(&argc, &argv);
  const auto world = moemark::comm::Communicator::world();
  const auto devices = world.all_gather_value(has_device(world) ? 1 : 0);
  if (*std::ranges::min_element(devices) == 0) return moemark::no_device_exit_code;
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
