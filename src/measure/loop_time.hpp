// What the loops of other suites report of an operation.
#pragma once

namespace moemark::measure {

struct LoopTime {
  double mean_us = 0.0;  // over iterations, then over ranks (or of the ranks that were asked for)
  double min_us = 0.0;   // smallest and largest of the ranks' means
  double max_us = 0.0;
  int iterations = 0;
};

}  // namespace moemark::measure
