// Host rows between float32 and their stored element type.
#include "dispatcher/row_codec.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace moemark::dispatcher {

namespace {

std::span<const float> block_of(std::span<const float> row, std::size_t block) {
  const std::size_t first = block * float8_block;
  return row.subspan(first, std::min(float8_block, row.size() - first));
}

void encode_float8(std::span<const float> row, std::byte* stored) {
  for (std::size_t block = 0; block < float8_blocks(row.size()); ++block) {
    const auto values = block_of(row, block);
    float largest = 0.0F;
    for (const float value : values) largest = std::max(largest, std::abs(value));
    const float scale = float8_scale(largest);
    for (std::size_t i = 0; i < values.size(); ++i) {
      stored[block * float8_block + i] = std::byte{to_float8(values[i] / scale).bits};
    }
    std::memcpy(stored + row.size() + block * sizeof scale, &scale, sizeof scale);
  }
}

void decode_float8(const std::byte* stored, std::span<float> row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    float scale = 0.0F;
    std::memcpy(&scale, stored + row.size() + i / float8_block * sizeof scale, sizeof scale);
    row[i] = to_float(Float8{std::to_integer<std::uint8_t>(stored[i])}) * scale;
  }
}

}  // namespace

void append_encoded(std::span<const float> row, DType dtype, std::vector<std::byte>& rows) {
  const std::size_t first = rows.size();
  rows.resize(first + row_bytes(dtype, row.size()));
  if (row.empty()) return;
  if (dtype == DType::fp8) {
    encode_float8(row, rows.data() + first);
    return;
  }
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
  if (dtype == DType::fp8) {
    decode_float8(stored.data(), row);
    return;
  }
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
