// The host back end of Stream: work is done when the call that queues it returns.
#include "device/stream.hpp"

#include <utility>

namespace moemark::device {

Stream::Stream() = default;
Stream::~Stream() = default;
Stream::Stream(Stream&& other) noexcept : native_(std::exchange(other.native_, nullptr)) {}
Stream& Stream::operator=(Stream&& other) noexcept {
  native_ = std::exchange(other.native_, nullptr);
  return *this;
}
void Stream::synchronize() {}

}  // namespace moemark::device
