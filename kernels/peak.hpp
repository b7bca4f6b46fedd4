// What the machine can do at best, as loops to be timed: the denominators of every roofline.
#pragma once

#include <cstddef>
#include <span>

#include "device/stream.hpp"

namespace moemark::kernels {

// Runs independent float32 multiply-adds in registers and returns their flop (2 each).
double run_fma_loop(device::Stream& stream, std::size_t iterations);

// The same of bfloat16 dot products with float32 sums (4 flop each lane); 0 where there are none.
double run_dot_loop(device::Stream& stream, std::size_t iterations);

// STREAM copy and a plain read; they return the bytes moved (copy: read + written).
double run_copy(device::Stream& stream, std::span<const std::byte> from, std::span<std::byte> to);
double run_read(device::Stream& stream, std::span<const std::byte> from);

}  // namespace moemark::kernels
