// The activation between a library's two GEMMs. Compiled so that the compiler may use a vector
// library's exponential: a comparison is not to be lost between its GEMMs.
#include <cmath>

#include "kernels/compare/ffn_library.hpp"

namespace moemark::kernels {

void swiglu_rows(std::span<const float> gate_up, std::size_t ffn, std::span<float> out) {
  const std::size_t rows = out.size() / ffn;
  for (std::size_t row = 0; row < rows; ++row) {
    const float* const gate = gate_up.data() + row * 2 * ffn;
    const float* const up = gate + ffn;
    float* const result = out.data() + row * ffn;
    for (std::size_t i = 0; i < ffn; ++i) {
      result[i] = gate[i] / (1.0F + std::exp(-gate[i])) * up[i];
    }
  }
}

}  // namespace moemark::kernels
