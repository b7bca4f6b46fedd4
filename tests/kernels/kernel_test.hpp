// What the kernel tests share: every instruction set in turn, random values, device copies.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <span>
#include <string>
#include <vector>

#include "device/buffer.hpp"
#include "kernels/host/isa.hpp"
#include "kernels/rows.hpp"

namespace moemark::kernels::test {

// Short names of what runs on this machine.
inline std::vector<std::string> runnable_instruction_sets() {
  std::vector<std::string> names;
  for (const InstructionSet& set : compiled_instruction_sets()) {
    if (set.runs_here) names.emplace_back(set.short_name);
  }
  return names;
}

// A test that runs once per instruction set.
class KernelTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { use_instruction_set(GetParam()); }

  device::Stream stream_;
  std::mt19937 random_{20240229};

  std::vector<float> normal_values(std::size_t count, float deviation = 1.0F) {
    std::normal_distribution<float> normal(0.0F, deviation);
    std::vector<float> values(count);
    for (float& value : values) value = normal(random_);
    return values;
  }
  int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  template <class T>
  device::Buffer upload(const std::vector<T>& values) {
    return device::upload(stream_, std::span<const T>(values));
  }
};

inline std::string test_name(const testing::TestParamInfo<std::string>& info) {
  return info.param;
}

// `values` as they are after storage as `dtype`.
inline std::vector<float> rounded(std::vector<float> values, DType dtype) {
  if (dtype == DType::fp32) return values;
  for (float& value : values) value = to_float(to_bfloat16(value));
  return values;
}

inline std::vector<std::byte> encode(const std::vector<float>& values, DType dtype) {
  std::vector<std::byte> bytes(values.size() * size_bytes(dtype));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const BFloat16 half = to_bfloat16(values[i]);
    if (dtype == DType::fp32) {
      std::memcpy(bytes.data() + 4 * i, &values[i], 4);
    } else {
      std::memcpy(bytes.data() + 2 * i, &half, 2);
    }
  }
  return bytes;
}

inline std::vector<float> decode(std::span<const std::byte> bytes, DType dtype) {
  std::vector<float> values(bytes.size() / size_bytes(dtype));
  for (std::size_t i = 0; i < values.size(); ++i) {
    BFloat16 half;
    if (dtype == DType::fp32) {
      std::memcpy(&values[i], bytes.data() + 4 * i, 4);
    } else {
      std::memcpy(&half, bytes.data() + 2 * i, 2);
      values[i] = to_float(half);
    }
  }
  return values;
}

// 1 - 2 <x, y> / (|x|^2 + |y|^2): 0 for equal vectors, NaN where either holds one.
inline double calc_diff(std::span<const float> x, std::span<const double> y) {
  double difference = 0.0;
  double norms = 0.0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double a = x[i];
    difference += (a - y[i]) * (a - y[i]);
    norms += a * a + y[i] * y[i];
  }
  return norms == 0.0 ? 0.0 : difference / norms;
}

}  // namespace moemark::kernels::test
