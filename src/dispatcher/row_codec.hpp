// Host rows between float32 and their stored element type.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/dtype.hpp"

namespace moemark::dispatcher {

// Appends `row` as stored; fp8 with its scales.
void append_encoded(std::span<const float> row, DType dtype, std::vector<std::byte>& rows);

// Widens one stored row into `row`; sizes agree.
void decode(std::span<const std::byte> stored, DType dtype, std::span<float> row);

}  // namespace moemark::dispatcher
