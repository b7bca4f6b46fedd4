// Rows of 8-bit floats with a scale for every 128 values, and back. A quantised row is its H e4m3
// values, then ceil(H / 128) float32 scales, powers of two (model/float8.hpp).
#pragma once

#include <cstddef>
#include <span>

#include "device/stream.hpp"
#include "kernels/rows.hpp"

namespace moemark::kernels {

// out [T, row_bytes(fp8, H)] of rows [T, H] of fp32 or bf16. Each value is divided by its block's
// scale, rounded to nearest even.
void quantize_rows(device::Stream& stream, ConstRows rows, std::span<std::byte> out);

// out [T, H] of fp32 or bf16 (exact in both: 4 significant bits) of rows as quantize_rows() makes.
void dequantize_rows(device::Stream& stream, std::span<const std::byte> rows, Rows out);

}  // namespace moemark::kernels
