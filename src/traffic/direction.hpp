// The two ways of an exchange: tokens to their experts, and results back.
#pragma once

#include <cstdint>

namespace moemark {

enum class Direction : std::uint8_t { dispatch, combine };

}  // namespace moemark
