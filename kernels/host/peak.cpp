// What the machine can do at best, on the host: the loops of the active instruction set.
#include "kernels/peak.hpp"

#include "kernels/host/isa.hpp"
#include "kernels/host/require.hpp"
#include "kernels/host/row_copy.hpp"

namespace moemark::kernels {

double run_fma_loop(device::Stream& /*stream*/, std::size_t iterations) {
  return active_kernels().fma_loop(iterations);
}

double run_copy(device::Stream& /*stream*/, std::span<const std::byte> from,
                std::span<std::byte> to) {
  require(from.size() == to.size(), "run_copy: both sides must have the same size");
  copy_row(from.data(), to.data(), from.size(), exceeds_last_level_cache(to.size()));
  finish_streaming();
  return 2.0 * static_cast<double>(from.size());
}

double run_read(device::Stream& /*stream*/, std::span<const std::byte> from) {
  active_kernels().read_bytes(from.data(), from.size());
  return static_cast<double>(from.size());
}

}  // namespace moemark::kernels
