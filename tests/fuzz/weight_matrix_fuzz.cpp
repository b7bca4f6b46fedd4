// Matrices of weights, in both notations.
#include <cmath>

#include "parser.hpp"
#include "routing/files/weight_matrix.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace moemark;
  std::vector<std::vector<double>> matrix;
  if (!fuzz::accepted(
          [&] { matrix = parse_weight_matrix(fuzz::origin, fuzz::text_of(data, size)); })) {
    return 0;
  }
  fuzz::require(!matrix.empty() && !matrix[0].empty(), "there are weights");
  for (const auto& layer : matrix) {
    fuzz::require(layer.size() == matrix[0].size(), "layers are alike");
    for (const double weight : layer) {
      fuzz::require(std::isfinite(weight) && weight >= 0.0, "a weight is a number from 0 on");
    }
  }
  return 0;
}
