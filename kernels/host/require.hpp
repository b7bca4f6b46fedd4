// The check of a caller's contract that stays in release builds.
#pragma once

#include <stdexcept>

namespace moemark::kernels {

inline void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

}  // namespace moemark::kernels
