// Rows of 8-bit floats on the host: one pass for the largest magnitude of a block, one to convert.
#include "kernels/quantize.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "kernels/host/require.hpp"
#include "model/float8.hpp"

namespace moemark::kernels {
namespace {

using Block = std::array<float, float8_block>;

void widen(const std::byte* from, DType dtype, std::size_t count, Block& values) {
  if (dtype == DType::fp32) {
    std::memcpy(values.data(), from, count * sizeof(float));
    return;
  }
  std::array<BFloat16, float8_block> stored;
  std::memcpy(stored.data(), from, count * sizeof(BFloat16));
  for (std::size_t i = 0; i < count; ++i) values[i] = to_float(stored[i]);
}

void narrow(const Block& values, DType dtype, std::size_t count, std::byte* to) {
  if (dtype == DType::fp32) {
    std::memcpy(to, values.data(), count * sizeof(float));
    return;
  }
  std::array<BFloat16, float8_block> stored;
  for (std::size_t i = 0; i < count; ++i) stored[i] = to_bfloat16(values[i]);
  std::memcpy(to, stored.data(), count * sizeof(BFloat16));
}

float largest_magnitude(const Block& values, std::size_t count) {
  float largest = 0.0F;
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(values[i]));
  return largest;
}

}  // namespace

void quantize_rows(device::Stream& /*stream*/, ConstRows rows, std::span<std::byte> out) {
  const std::size_t out_bytes = row_bytes(DType::fp8, rows.width);
  require(rows.dtype != DType::fp8 && out.size() >= rows.count() * out_bytes,
          "quantize_rows: rows are fp32 or bf16, out is [T, row_bytes(fp8, H)]");
  Block values;
  std::array<Float8, float8_block> small;
  for (std::size_t t = 0; t < rows.count(); ++t) {
    std::byte* const row = out.data() + t * out_bytes;
    for (std::size_t first = 0; first < rows.width; first += float8_block) {
      const std::size_t count = std::min(float8_block, rows.width - first);
      widen(rows.data.data() + t * rows.row_bytes() + first * size_bytes(rows.dtype), rows.dtype,
            count, values);
      const float scale = float8_scale(largest_magnitude(values, count));
      const float inverse = 1.0F / scale;  // exact: a power of two
      for (std::size_t i = 0; i < count; ++i) small[i] = to_float8(values[i] * inverse);
      std::memcpy(row + first, small.data(), count);
      std::memcpy(row + rows.width + first / float8_block * sizeof scale, &scale, sizeof scale);
    }
  }
}

void dequantize_rows(device::Stream& /*stream*/, std::span<const std::byte> rows, Rows out) {
  const std::size_t in_bytes = row_bytes(DType::fp8, out.width);
  require(out.dtype != DType::fp8 && rows.size() >= out.count() * in_bytes,
          "dequantize_rows: out is fp32 or bf16, rows are [T, row_bytes(fp8, H)]");
  Block values;
  std::array<Float8, float8_block> small;
  for (std::size_t t = 0; t < out.count(); ++t) {
    const std::byte* const row = rows.data() + t * in_bytes;
    for (std::size_t first = 0; first < out.width; first += float8_block) {
      const std::size_t count = std::min(float8_block, out.width - first);
      float scale = 0.0F;
      std::memcpy(small.data(), row + first, count);
      std::memcpy(&scale, row + out.width + first / float8_block * sizeof scale, sizeof scale);
      for (std::size_t i = 0; i < count; ++i) values[i] = to_float(small[i]) * scale;
      narrow(values, out.dtype, count,
             out.data.data() + t * out.row_bytes() + first * size_bytes(out.dtype));
    }
  }
}

}  // namespace moemark::kernels
