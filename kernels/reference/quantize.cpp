// Quantisation to e4m3 by looking at all values.
#include "kernels/reference/quantize.hpp"

#include <algorithm>
#include <cmath>

namespace moemark::kernels::reference {
namespace {

constexpr std::size_t block = 128;
constexpr double largest = 448.0;

// Sign, 4 exponent bits of bias 7, 3 mantissa bits; exponent 0 has no leading one.
double value_of(unsigned bits) {
  const unsigned exponent = (bits >> 3U) & 15U;
  const unsigned mantissa = bits & 7U;
  const double size = exponent == 0
                          ? std::ldexp(mantissa / 8.0, -6)
                          : std::ldexp(1.0 + mantissa / 8.0, static_cast<int>(exponent) - 7);
  return bits >= 128U ? -size : size;
}

// Of two equally near ones the even.
std::uint8_t nearest(double value) {
  const unsigned first = std::signbit(value) ? 128U : 0U;
  unsigned best = first;
  for (unsigned bits = first; bits < first + 127U; ++bits) {  // the last is no number
    const double distance = std::abs(value_of(bits) - value);
    const double least = std::abs(value_of(best) - value);
    if (distance < least || (distance == least && bits % 2 == 0)) best = bits;
  }
  return static_cast<std::uint8_t>(best);
}

}  // namespace

QuantizedRow quantize_row(std::span<const float> row) {
  QuantizedRow quantized;
  for (std::size_t first = 0; first < row.size(); first += block) {
    const auto part = row.subspan(first, std::min(block, row.size() - first));
    double most = 0.0;
    for (const float value : part) most = std::max(most, std::abs(static_cast<double>(value)));
    double scale = 1.0;
    while (most > largest * scale) scale *= 2.0;
    while (most > 0.0 && most <= largest * scale / 2.0) scale /= 2.0;
    for (const float value : part) quantized.values.push_back(nearest(value / scale));
    quantized.scales.push_back(static_cast<float>(scale));
  }
  return quantized;
}

}  // namespace moemark::kernels::reference
