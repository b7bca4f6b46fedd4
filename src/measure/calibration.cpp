// What this rank can do at best.
#include "measure/calibration.hpp"

#include <algorithm>

#include "device/buffer.hpp"
#include "device/stop_watch.hpp"
#include "kernels/peak.hpp"

namespace moemark::measure {
namespace {

constexpr int repeats = 7;                           // the best counts: a neighbour only slows down
constexpr std::size_t buffer_bytes = 128ULL << 20U;  // four times a large slice of cache
constexpr std::size_t fma_iterations = 1U << 21U;

// The best rate over the repeats, in 1e9 of what `run` returns per second.
template <class Run>
double best_rate(device::Stream& stream, Run run) {
  device::StopWatch watch;
  double best = 0.0;
  for (int i = 0; i < repeats; ++i) {
    watch.start(stream);
    const double amount = run();
    watch.stop(stream);
    best = std::max(best, amount / (watch.elapsed().count() * 1e3));
  }
  return best;
}

}  // namespace

Calibration calibrate(device::Stream& stream) {
  device::Buffer from(buffer_bytes);
  device::Buffer to(buffer_bytes);
  device::fill_bytes(stream, from.bytes(), std::byte{1});
  device::fill_bytes(stream, to.bytes(), std::byte{0});
  Calibration result;
  result.fma_gflops =
      best_rate(stream, [&] { return kernels::run_fma_loop(stream, fma_iterations); });
  result.dot_gflops =
      best_rate(stream, [&] { return kernels::run_dot_loop(stream, fma_iterations); });
  result.copy_GBps =
      best_rate(stream, [&] { return kernels::run_copy(stream, from.bytes(), to.bytes()); });
  result.read_GBps = best_rate(stream, [&] { return kernels::run_read(stream, from.bytes()); });
  return result;
}

}  // namespace moemark::measure
