// Vectors of the instruction set that the including source is compiled for, in GCC's and Clang's
// vector extension: the same text becomes SSE, AVX2, AVX-512 or NEON.
//
// Everything here has internal linkage, and no std:: function is called (see kernel_table.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

namespace moemark::kernels::MOEMARK_ISA {
namespace {

constexpr std::size_t vector_bytes = __BIGGEST_ALIGNMENT__;  // of the widest register
constexpr int lanes = static_cast<int>(vector_bytes / sizeof(float));

using Floats = float __attribute__((vector_size(vector_bytes)));
using Words = std::uint32_t __attribute__((vector_size(vector_bytes)));
using Ints = std::int32_t __attribute__((vector_size(vector_bytes)));
using HalfWords = std::uint16_t __attribute__((vector_size(vector_bytes / 2)));

template <class Vector>
Vector load(const void* from) {
  Vector value;
  __builtin_memcpy(&value, from, sizeof value);
  return value;
}

template <class Vector>
void store(void* to, Vector value) {
  __builtin_memcpy(to, &value, sizeof value);
}

// By way of integers: 0 + value would be an addition, for it turns -0 into 0.
inline Floats splat(float value) {
  return reinterpret_cast<Floats>(Words{} | __builtin_bit_cast(std::uint32_t, value));
}

// bfloat16 is the upper half of a float32.
inline Floats widen(HalfWords value) {
  return reinterpret_cast<Floats>(__builtin_convertvector(value, Words) << 16U);
}

// The bits rounded to bfloat16, in the upper halves; the lower ones are of no value. To nearest,
// ties to even; a NaN stays a quiet NaN (model/dtype.hpp: to_bfloat16).
inline Words rounded_upper_half(Floats value) {
  const auto bits = reinterpret_cast<Words>(value);
  const Words rounded = bits + 0x7fffU + ((bits >> 16U) & 1U);
  return (bits & 0x7fffffffU) > 0x7f800000U ? bits | 0x400000U : rounded;
}

inline HalfWords narrow(Floats value) {
  return __builtin_convertvector(rounded_upper_half(value) >> 16U, HalfWords);
}

// Element types of a matrix in memory: how a vector and a single value are read and written.
struct Float32 {
  static constexpr std::size_t bytes = 4;
  static Floats load_vector(const std::byte* from) { return load<Floats>(from); }
  static void store_vector(std::byte* to, Floats value) { store(to, value); }
  static float load_one(const std::byte* from) {
    float value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
  }
};

struct Bfloat16 {
  static constexpr std::size_t bytes = 2;
  static Floats load_vector(const std::byte* from) { return widen(load<HalfWords>(from)); }
  static void store_vector(std::byte* to, Floats value) { store(to, narrow(value)); }
  static float load_one(const std::byte* from) {
    std::uint16_t half;
    __builtin_memcpy(&half, from, sizeof half);
    return __builtin_bit_cast(float, static_cast<std::uint32_t>(half) << 16U);
  }
};

// The first `count` elements only; the other lanes are zero.
template <class Element>
Floats load_some(const std::byte* from, std::size_t count) {
  Floats value = {};
  for (std::size_t i = 0; i < count; ++i) value[i] = Element::load_one(from + i * Element::bytes);
  return value;
}

template <class Element>
void store_some(std::byte* to, Floats value, std::size_t count) {
  std::byte all[vector_bytes];
  Element::store_vector(all, value);
  for (std::size_t i = 0; i < count * Element::bytes; ++i) to[i] = all[i];
}

}  // namespace
}  // namespace moemark::kernels::MOEMARK_ISA
