// Quantised rows against the definition, and back.
#include "kernels/quantize.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "kernels/reference/quantize.hpp"
#include "tests/kernels/kernel_test.hpp"

namespace moemark::kernels {
namespace {

using test::decode;
using test::encode;

std::vector<float> normals(std::size_t count) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

std::vector<std::byte> as_row(const reference::QuantizedRow& row) {
  std::vector<std::byte> bytes(row_bytes(DType::fp8, row.values.size()));
  std::memcpy(bytes.data(), row.values.data(), row.values.size());
  std::memcpy(bytes.data() + row.values.size(), row.scales.data(), row.scales.size() * 4);
  return bytes;
}

TEST(Quantize, RowsEqualTheDefinitionAndComeBackExactly) {
  device::Stream stream;
  for (const DType dtype : {DType::fp32, DType::bf16}) {
    for (const std::size_t width : {1U, 64U, 128U, 129U, 300U}) {
      const std::size_t tokens = 5;
      const auto source = encode(normals(tokens * width), dtype);
      const auto values = decode(source, dtype);
      const std::size_t bytes = row_bytes(DType::fp8, width);
      std::vector<std::byte> got(tokens * bytes);
      quantize_rows(stream, {dtype, width, source}, got);
      std::vector<std::byte> back(source.size());
      dequantize_rows(stream, got, {dtype, width, back});
      const auto widened = decode(back, dtype);
      for (std::size_t t = 0; t < tokens; ++t) {
        const auto row = reference::quantize_row(std::span(values).subspan(t * width, width));
        ASSERT_TRUE(std::ranges::equal(std::span(got).subspan(t * bytes, bytes), as_row(row)))
            << name(dtype) << " width " << width << " row " << t;
        for (std::size_t i = 0; i < width; ++i) {
          const float exact = to_float(Float8{row.values[i]}) * row.scales[i / float8_block];
          ASSERT_EQ(widened[t * width + i], exact);
        }
      }
    }
  }
}

TEST(Quantize, ZeroRowsAndLargeValues) {
  device::Stream stream;
  const std::vector<float> row = {0.0F, 1e30F, -1e30F, 1e20F};
  std::vector<std::byte> got(row_bytes(DType::fp8, row.size()));
  quantize_rows(stream, {DType::fp32, row.size(), std::as_bytes(std::span(row))}, got);
  EXPECT_TRUE(std::ranges::equal(got, as_row(reference::quantize_row(row))));
  const std::vector<float> nothing(7, 0.0F);
  got.resize(row_bytes(DType::fp8, nothing.size()));
  quantize_rows(stream, {DType::fp32, nothing.size(), std::as_bytes(std::span(nothing))}, got);
  EXPECT_TRUE(std::ranges::equal(got, as_row(reference::quantize_row(nothing))));
}

}  // namespace
}  // namespace moemark::kernels
