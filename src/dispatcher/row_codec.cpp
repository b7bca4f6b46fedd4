// Host rows between float32 and their stored element type.
#include "dispatcher/row_codec.hpp"

#include <cstring>

namespace moemark::dispatcher {

void append_encoded(std::span<const float> row, DType dtype, std::vector<std::byte>& rows) {
  const std::size_t first = rows.size();
  rows.resize(first + row.size() * size_bytes(dtype));
  if (row.empty()) return;
  if (dtype == DType::fp32) {
    std::memcpy(rows.data() + first, row.data(), row.size_bytes());
    return;
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    const BFloat16 value = to_bfloat16(row[i]);
    std::memcpy(rows.data() + first + i * sizeof value, &value, sizeof value);
  }
}

void decode(std::span<const std::byte> stored, DType dtype, std::span<float> row) {
  if (row.empty()) return;
  if (dtype == DType::fp32) {
    std::memcpy(row.data(), stored.data(), row.size_bytes());
    return;
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    BFloat16 value;
    std::memcpy(&value, stored.data() + i * sizeof value, sizeof value);
    row[i] = to_float(value);
  }
}

}  // namespace moemark::dispatcher
