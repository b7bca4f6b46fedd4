// Views of row-major device matrices whose element type is known at run time.
#pragma once

#include <cstddef>
#include <span>

#include "model/dtype.hpp"

namespace moemark::kernels {

// [data.size() / row_bytes(), width] rows of `dtype` in device memory.
struct ConstRows {
  DType dtype = DType::fp32;
  std::size_t width = 0;
  std::span<const std::byte> data;

  [[nodiscard]] std::size_t row_bytes() const { return moemark::row_bytes(dtype, width); }
  [[nodiscard]] std::size_t count() const { return width == 0 ? 0 : data.size() / row_bytes(); }
};

struct Rows {
  DType dtype = DType::fp32;
  std::size_t width = 0;
  std::span<std::byte> data;

  [[nodiscard]] std::size_t row_bytes() const { return moemark::row_bytes(dtype, width); }
  [[nodiscard]] std::size_t count() const { return width == 0 ? 0 : data.size() / row_bytes(); }
  operator ConstRows() const { return {dtype, width, data}; }  // NOLINT: a view of less rights
};

}  // namespace moemark::kernels
