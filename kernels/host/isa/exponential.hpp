// exp of a vector of float32, within 2 ulp of the true value wherever that is a normal number.
//
// x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) by the polynomial of Cephes' expf (S. Moshier), ln 2
// in two parts so that n ln 2 is exact in the first. 2^n is applied as two factors: results below
// 2^-126 become subnormal and then zero, results above the largest float infinite. NaN stays NaN.
#pragma once

#include "kernels/host/isa/vector.hpp"

namespace moemark::kernels::MOEMARK_ISA {
namespace {

inline Floats power_of_two(Ints n) {
  return reinterpret_cast<Floats>((n + 127) << 23);
}

inline Floats exponential(Floats x) {
  constexpr float lowest = -110.0F;  // exp is 0 from -104 down, infinite from 89 up
  constexpr float highest = 100.0F;
  x = x < lowest ? splat(lowest) : x;
  x = x > highest ? splat(highest) : x;

  constexpr float to_integer = 0x1.8p23F;  // adding it rounds to an integer, kept in the low bits
  const Floats shifted = x * 1.44269504088896341F + to_integer;
  const Ints n = reinterpret_cast<Ints>(shifted) - reinterpret_cast<Ints>(splat(to_integer));
  const Floats whole = shifted - to_integer;
  const Floats r = (x - whole * 0.693359375F) + whole * 2.12194440e-4F;

  Floats p = splat(1.9875691500e-4F);
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + r + 1.0F;

  const Ints half = n >> 1;
  return p * power_of_two(half) * power_of_two(n - half);
}

}  // namespace
}  // namespace moemark::kernels::MOEMARK_ISA
