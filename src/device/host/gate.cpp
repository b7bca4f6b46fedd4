// The host back end of Gate: nothing is queued, so nothing is held back.
#include "device/gate.hpp"

namespace moemark::device {

struct Gate::State {};

Gate::Gate() = default;
Gate::~Gate() = default;
void Gate::close(Stream& /*stream*/) {}
void Gate::open() {}

}  // namespace moemark::device
