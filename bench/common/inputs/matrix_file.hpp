// Traffic matrices on disk: --matrix-out of dispatch_perf, --matrix of collective_perf.
#pragma once

#include <filesystem>
#include <fstream>

#include "bench/common/launch/launch.hpp"
#include "traffic/traffic_matrix.hpp"

namespace moemark::bench {

class MatrixOutput {
 public:
  // Collective. Opens the file on rank 0; throws UsageError on every rank when that fails.
  MatrixOutput(Launch& launch, const std::filesystem::path& path);

  // Rank 0: the assignments of a routing, each `row_bytes` bytes.
  void write(const CountMatrix& assignments, std::size_t row_bytes);

 private:
  std::ofstream file_;
};

// Collective. Bytes from each rank to each; throws UsageError on every rank when the file cannot be
// read or does not fit the ranks.
CountMatrix read_matrix(const Launch& launch, const std::filesystem::path& path);

}  // namespace moemark::bench
