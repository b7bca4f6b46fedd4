// Quantisation to e4m3 as its definition says it: the nearest of all values, found by looking.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace moemark::kernels::reference {

struct QuantizedRow {
  std::vector<std::uint8_t> values;  // [H]
  std::vector<float> scales;         // [ceil(H / 128)]
};

QuantizedRow quantize_row(std::span<const float> row);

}  // namespace moemark::kernels::reference
