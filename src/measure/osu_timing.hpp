// The timing of the OSU Micro-Benchmarks, for numbers that can be laid beside theirs: their loops,
// iteration counts, barrier and mean over ranks (osu_alltoall.c and osu_latency.c, 5.3 to 7.4).
#pragma once

#include <cstddef>
#include <functional>

#include "comm/communicator.hpp"
#include "device/stream.hpp"
#include "measure/loop_time.hpp"

namespace moemark::measure {

// Each iteration timed by itself with an untimed barrier behind it.
LoopTime osu_collective_time(const comm::Communicator& communicator, device::Stream& stream,
                             const std::function<void(device::Stream&)>& run, std::size_t bytes);

// All iterations of a ping-pong timed together on rank 0, without barriers, over two.
LoopTime osu_latency_time(const comm::Communicator& communicator, device::Stream& stream,
                          const std::function<void(device::Stream&)>& run, std::size_t bytes);

}  // namespace moemark::measure
