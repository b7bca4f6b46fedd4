// What this rank can do at best, measured in the run itself: the denominators of every roofline.
#pragma once

#include "device/stream.hpp"

namespace moemark::measure {

struct Calibration {
  double fma_gflops = 0.0;  // float32 multiply-add, one core
  double dot_gflops = 0.0;  // bfloat16 dot product, one core; 0 where there is none
  double copy_GBps = 0.0;   // STREAM copy: bytes read and written
  double read_GBps = 0.0;
};

// Best of several runs each over buffers beyond the last-level cache; about half a second.
Calibration calibrate(device::Stream& stream);

}  // namespace moemark::measure
