// The timing of nccl-tests, for numbers that can be laid beside its: one clock around all
// iterations back to back, over their number, then one number of all ranks (src/common.cu, 2.13
// to 2.19).
#pragma once

#include <cstdint>
#include <functional>

#include "comm/communicator.hpp"
#include "device/stream.hpp"
#include "measure/loop_time.hpp"

namespace moemark::measure {

// Its option -a, in its numbering from 0.
enum class OverRanks : std::uint8_t { rank_0, mean, least, most };

struct NcclTestsLoop {
  int warmups = 1;      // of each size (-w)
  int iterations = 20;  // -n
  OverRanks over_ranks = OverRanks::mean;
};

// Collective: the warm-ups and one more, a barrier, then the timed iterations without any.
LoopTime nccl_tests_time(const comm::Communicator& communicator, device::Stream& stream,
                         const std::function<void(device::Stream&)>& run,
                         const NcclTestsLoop& loop);

}  // namespace moemark::measure
